/** GMT+6, without summer time since August 2005. */
const BISHKEK_OFFSET_MINUTES = 360;
const MINUTE_MS = 60_000;
const LAST_YEAR = 9999;

/**
 * Writes a time in the gateway's format: `YYYYMMDDhhmmss` in Bishkek time (GMT+6), whatever the time zone of this machine.
 * Fractions of a second are cut off. Source: the partner API, section 1, field `time`.
 *
 * @param epochMs milliseconds since 1970-01-01 UTC
 * @throws RangeError if the value is not a time in the years 0 to 9999
 */
export function toGatewayTime(epochMs: number): string {
  const shifted = new Date(epochMs + BISHKEK_OFFSET_MINUTES * MINUTE_MS);
  const year = shifted.getUTCFullYear();
  if (!(year >= 0 && year <= LAST_YEAR)) {
    throw new RangeError('the time cannot be written as YYYYMMDDhhmmss');
  }
  return shifted.toISOString().slice(0, 19).replace(/[-T:]/g, '');
}

/**
 * Reads a time of the gateway, `YYYYMMDDhhmmss`.
 *
 * @param utcOffsetMinutes the time zone in which the gateway writes, in minutes east of UTC. The partner API states GMT+6
 *   for the field `time` only, and no time zone for the times in reports. @default 360
 * @returns milliseconds since 1970-01-01 UTC; `null` if it is empty, unreadable or not a date (31 February)
 */
export function fromGatewayTime(raw: string, utcOffsetMinutes = BISHKEK_OFFSET_MINUTES): number | null {
  const text = raw.trim();
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text);
  if (!parts) {
    return null;
  }
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
  const local = Date.UTC(year, month - 1, day, hour, minute, second);
  // Date.UTC turns 31 February into a day in March, so compare the result with the input.
  const written = new Date(local);
  const isDate =
    written.getUTCFullYear() === year && written.getUTCMonth() === month - 1 && written.getUTCDate() === day;
  if (!isDate || hour > 23 || minute > 59 || second > 59) return null;
  return local - utcOffsetMinutes * MINUTE_MS;
}
