const KEEP_FIRST = 5;
const KEEP_LAST = 2;

/** A phone as logs may show it: `99655*****56`. */
export function maskedPhone(phone: string): string {
  const hidden = phone.length - KEEP_FIRST - KEEP_LAST;
  return hidden < 1
    ? '*'.repeat(phone.length)
    : phone.slice(0, KEEP_FIRST) + '*'.repeat(hidden) + phone.slice(-KEEP_LAST);
}
