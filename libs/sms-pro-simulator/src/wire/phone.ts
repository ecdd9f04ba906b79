/** The document's two ways of writing a phone: 996555123456 or +996555123456. */
const PHONE = /^\+?(996\d{9})$/;

/** The 12 digits of a well written phone, else null. */
export function readPhone(written: string): string | null {
  // The same string where it can be: a packet has fifty of them.
  if (written.length === 12) return PHONE.test(written) ? written : null;
  return PHONE.exec(written)?.[1] ?? null;
}
