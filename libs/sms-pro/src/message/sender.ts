const MAX_LETTERS = 11;
const MAX_DIGITS = 14;
const WANTED = 'a sender is 1 to 11 Latin letters, digits, dots and dashes, or 1 to 14 digits';

/**
 * Checks a sender name: 1 to 11 Latin letters, digits, dots and dashes, or 1 to 14 digits. Only the gateway can check whether
 * the name is approved (status 5). Source: the partner API, section 1, field `sender`.
 *
 * @returns a sentence fragment that says what is wrong; `null` if the name is valid
 */
export function senderFault(value: string): string | null {
  if (value === '') {
    return `is empty, ${WANTED}`;
  }
  if (/[^A-Za-z0-9.-]/.test(value)) {
    return `has a character that is not allowed, ${WANTED}`;
  }
  const limit = /^\d+$/.test(value) ? MAX_DIGITS : MAX_LETTERS;
  return value.length > limit ? `has ${value.length} characters, ${WANTED}` : null;
}
