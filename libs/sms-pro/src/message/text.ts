/** Length of a text in UTF-16 units, at most: the strictest reading of "800 символов" in the partner API, field `text`. */
export const MAX_TEXT_LENGTH = 800;

/**
 * A character that XML 1.0 forbids, even as a reference: everything outside its `Char` production. Includes lone surrogates:
 * with the `u` flag a complete pair counts as one character.
 */
export const xmlForbidden = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u;

/** Turns CR LF and a lone CR into LF. XML parsers do the same, and the text gets shorter. */
export function normalizeText(text: string): string {
  return text.replace(/\r\n?/g, '\n');
}

/**
 * Checks a text as it would be sent, after {@link normalizeText}: not blank, 800 UTF-16 units at most, no character that XML
 * forbids.
 *
 * @returns a sentence fragment that says what is wrong and where, without quoting the text; `null` if the text is valid
 */
export function textFault(text: string): string | null {
  const normalized = normalizeText(text);
  if (normalized.trim() === '') {
    return 'is empty: give at least one visible character';
  }
  if (normalized.length > MAX_TEXT_LENGTH) {
    return `has ${normalized.length} characters, the gateway takes ${MAX_TEXT_LENGTH}`;
  }
  return forbiddenCharacterFault(normalized);
}

/**
 * Finds the first character that XML forbids, and its position, counted from 1 in UTF-16 units.
 *
 * @returns a sentence fragment; `null` if there is none
 */
export function forbiddenCharacterFault(value: string): string | null {
  const index = value.search(xmlForbidden);
  if (index === -1) {
    return null;
  }
  const code = value.charCodeAt(index);
  const name = `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;
  return `has ${kindOf(code)} ${name} at position ${index + 1}, which XML forbids: remove it`;
}

function kindOf(code: number): string {
  if (code >= 0xd800 && code <= 0xdfff) {
    return 'half of a surrogate pair';
  }
  return code < 0x20 ? 'a control character' : 'a character';
}
