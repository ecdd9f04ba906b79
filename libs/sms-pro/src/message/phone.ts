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
 * Characters that people and address books put between the digits: all spaces (also NBSP), dots, brackets and dashes, and
 * the invisible direction marks in a number that was copied from a phone's contacts.
 */
const SEPARATOR = /[\s.()[\]\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2069\p{Pd}\u2212]/gu;

/** Nine or more digits with a few separators between them. The number of separators is limited, so that no text makes it slow. */
const PHONE_IN_TEXT = /\+?\d(?:[\s.()[\]+\p{Pd}\u2212]{0,5}\d){8,}/gu;

const KEEP_FIRST = 5;
const KEEP_LAST = 2;
const MIN_SHOWN = 10;
/** No country has numbers of more than 15 digits, so longer input is cut before it is shown. */
const MAX_SHOWN = 20;

/**
 * Reads a phone number as people write it and returns the gateway's form, digits only: `996550123456`.
 *
 * Removes spaces, dashes, dots, brackets and a leading `+` or `00`, and accepts the local form `0550123456`. Operator codes
 * are not checked: operators open new number ranges faster than lists of them are published, and to refuse a customer's
 * valid number is worse than status 7 of the gateway.
 *
 * @returns `phone`, or `fault`: a sentence fragment that says what is wrong, without the full number
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

  const written = input.replace(SEPARATOR, '');
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
 * Masks a phone number for logs and errors: only the first 5 and the last 2 characters stay, as in `99655*****56`. Input of
 * fewer than 10 characters is masked completely.
 */
export function maskPhone(phone: string): string {
  if (phone.length < MIN_SHOWN) {
    return '*'.repeat(phone.length);
  }
  const hidden = phone.length - KEEP_FIRST - KEEP_LAST;
  return phone.slice(0, KEEP_FIRST) + '*'.repeat(hidden) + phone.slice(-KEEP_LAST);
}

/**
 * Masks every phone number in a text: 9 or more digits, also with spaces, dots, dashes, brackets or `+` between them. Other
 * long numbers are masked too, to be safe.
 */
export function maskPhonesIn(text: string): string {
  return text.replace(PHONE_IN_TEXT, (found) => maskPhone(found.replace(/\D/g, '')));
}
