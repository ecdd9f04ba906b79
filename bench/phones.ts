const PREFIX = '9965';
const DIGITS = 8;
let serial = 0;

/** Phones that this process has never used before. */
export function phones(amount: number): string[] {
  return Array.from({ length: amount }, () => `${PREFIX}${String((serial += 1)).padStart(DIGITS, '0')}`);
}
