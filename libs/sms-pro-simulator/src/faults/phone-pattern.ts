/**
 * Does the phone match the pattern? A pattern is 12 digits, or digits with one `*` that stands for any others:
 * `99655*`, `*0004`, `99655*77`, `*`.
 */
export function matchesPhone(pattern: string, phone: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === phone;
  const tail = pattern.length - star - 1;
  return (
    phone.length >= star + tail &&
    phone.startsWith(pattern.slice(0, star)) &&
    (tail === 0 || phone.endsWith(pattern.slice(star + 1)))
  );
}
