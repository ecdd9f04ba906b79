/** The document allows two forms of a phone: 996555123456 and +996555123456. */
const PHONE = /^\+?(996\d{9})$/;

/** The 12 digits of a well-formed phone, else null. */
export function readPhone(written: string): string | null {
  // Returns the same string if possible: a packet has up to fifty of them.
  if (written.length === 12) return PHONE.test(written) ? written : null;
  return PHONE.exec(written)?.[1] ?? null;
}
