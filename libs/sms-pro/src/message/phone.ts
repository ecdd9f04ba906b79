/** How the numbers of one country are written. */
export interface PhonePolicy {
  /** Country code without `+` or `00`. */
  readonly countryCode: string;
  /** Digits after the country code. */
  readonly nationalDigits: number;
}

/** The numbers of Kyrgyzstan: `996` and nine digits. */
export const DEFAULT_PHONE_POLICY: PhonePolicy = { countryCode: '996', nationalDigits: 9 };

/**
 * What people and address books put between the digits: any space (NBSP too), dots, brackets, every dash,
 * and the invisible direction marks that a number copied from a phone's contacts carries.
 */
const ORNAMENT = /[\s.()[\]\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2069\p{Pd}\u2212]/gu;

/** A run of nine digits or more, with a few ornaments between them. Bounded, so that no text makes it slow. */
const PHONE_IN_TEXT = /\+?\d(?:[\s.()[\]+\p{Pd}\u2212]{0,5}\d){8,}/gu;

const KEEP_FIRST = 5;
const KEEP_LAST = 2;
const MIN_SHOWN = 10;
/** No country's numbers are longer than 15 digits: what is much longer need not be shown whole, not even hidden. */
const MAX_SHOWN = 20;

/**
 * Reads a phone number as people write it and returns the gateway's form, digits only: `996550123456`.
 *
 * Takes out spaces, dashes, dots and brackets, a leading `+` or `00`, and reads the local form `0550123456`.
 * Nothing else is judged: operators open number ranges faster than lists of them are published, and refusing a
 * customer's valid number is worse than the gateway's status 7.
 *
 * @returns `phone`, or `fault`: a sentence fragment that says what is wrong and shows no full number.
 * @example normalizePhone('+996 (550) 12-34-56') // { phone: '996550123456' }
 */
export function normalizePhone(
  input: string,
  policy: PhonePolicy = DEFAULT_PHONE_POLICY,
): { phone: string } | { fault: string } {
  const { countryCode, nationalDigits } = policy;
  const digits = countryCode.length + nationalDigits;
  const owner = countryCode === DEFAULT_PHONE_POLICY.countryCode ? 'a Kyrgyz number' : 'a number';
  const pattern = countryCode + 'X'.repeat(nationalDigits);
  const wanted = `${owner} has ${digits} digits (${pattern})`;

  const written = input.replace(ORNAMENT, '');
  const international = written.startsWith('+') ? written.slice(1) : written.replace(/^00/, '');
  if (international === '') {
    return { fault: `is empty, ${wanted}` };
  }
  if (!/^\d+$/.test(international)) {
    return { fault: `has a character that is neither a digit nor a space, dash or bracket, ${wanted}` };
  }
  if (written === international && written.length === nationalDigits + 1 && written.startsWith('0')) {
    return { phone: countryCode + written.slice(1) };
  }
  const shown = `"${maskPhone(international.slice(0, MAX_SHOWN))}"`;
  if (international.length !== digits) {
    return { fault: `${shown} has ${international.length} digits, ${owner} has ${digits} (${pattern})` };
  }
  if (!international.startsWith(countryCode)) {
    return { fault: `${shown} does not begin with ${countryCode}, ${wanted}` };
  }
  return { phone: international };
}

/**
 * Hides a phone number for logs and errors: the first 5 and the last 2 characters stay, `99655*****56`.
 * What is shorter than 10 characters is hidden whole.
 */
export function maskPhone(phone: string): string {
  if (phone.length < MIN_SHOWN) {
    return '*'.repeat(phone.length);
  }
  const hidden = phone.length - KEEP_FIRST - KEEP_LAST;
  return phone.slice(0, KEEP_FIRST) + '*'.repeat(hidden) + phone.slice(-KEEP_LAST);
}

/**
 * Hides every phone number in a text: each run of 9 or more digits, also with spaces, dots, dashes, brackets or `+`
 * in between. Hides other long numbers too, which is the safe side.
 */
export function maskPhonesIn(text: string): string {
  return text.replace(PHONE_IN_TEXT, (found) => maskPhone(found.replace(/\D/g, '')));
}
