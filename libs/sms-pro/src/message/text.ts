/** Longest text the gateway takes, in UTF-16 units: the cautious reading of its "800 characters". */
export const MAX_TEXT_LENGTH = 800;

/**
 * What XML 1.0 cannot carry, not even as a reference: the complement of its `Char` production.
 * Lone surrogates are in it, since a regular expression with the `u` flag reads a whole pair as one character.
 */
export const xmlForbidden = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

/** Turns CR LF and a lone CR into LF: XML does so on the way anyway, and it counts one character less. */
export function normalizeText(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}

/**
 * Checks a text as it would be sent, after {@link normalizeText}: not blank, at most 800 UTF-16 units, nothing that XML
 * cannot carry.
 *
 * @returns a sentence fragment that says what is wrong and where, never quoting the text; or `null`.
 */
export function textFault(text: string): string | null {
  const normalized = normalizeText(text);
  if (normalized.trim() === '') {
    return 'is empty: give at least one character that can be seen';
  }
  if (normalized.length > MAX_TEXT_LENGTH) {
    return `has ${normalized.length} characters, the gateway takes ${MAX_TEXT_LENGTH}`;
  }
  return forbiddenCharacterFault(normalized);
}

/**
 * Names the first character that XML cannot carry and its place, counted from 1 in UTF-16 units.
 *
 * @returns a sentence fragment, or `null`.
 */
export function forbiddenCharacterFault(value: string): string | null {
  const index = value.search(xmlForbidden);
  if (index === -1) {
    return null;
  }
  const code = value.charCodeAt(index);
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return `has ${kindOf(code)} ${name} at position ${index + 1}, XML cannot carry it: take it out`;
}

function kindOf(code: number): string {
  if (code >= 0xd800 && code <= 0xdfff) {
    return 'half of a surrogate pair';
  }
  return code < 0x20 ? 'a control character' : 'a character';
}
