/** Bishkek, the zone of the request's `time`: +06:00 all year. */
export const BISHKEK_OFFSET_MINUTES = 360;

const FOURTEEN_DIGITS = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/;
const ZONE = /^([+-])(\d{2}):([0-5]\d)$/;

/** Epoch milliseconds of `YYYYMMDDhhmmss` in Bishkek time, or null when it is not a real date and time. */
export function readGatewayTime(written: string): number | null {
  const parts = FOURTEEN_DIGITS.exec(written)?.slice(1).map(Number);
  if (parts === undefined) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const atMs = Date.UTC(year, month - 1, day, hour, minute, second) - BISHKEK_OFFSET_MINUTES * 60_000;
  // Date.UTC turns 31 February into March: only a round trip shows that the date was real.
  return printGatewayTime(atMs, BISHKEK_OFFSET_MINUTES) === written ? atMs : null;
}

/** `YYYYMMDDhhmmss` of an instant in the given zone; the empty string for null. */
export function printGatewayTime(atMs: number | null, offsetMinutes: number): string {
  if (atMs === null) return '';
  const second = Math.floor((atMs + offsetMinutes * 60_000) / 1000);
  if (second !== lastSecond) {
    lastPrinted = new Date(second * 1000).toISOString().slice(0, 19).replaceAll(/[-T:]/g, '');
    lastSecond = second;
  }
  return lastPrinted;
}

/** The phones of a packet share their times: the next time to print is nearly always the last one printed. */
let lastSecond = Number.NaN;
let lastPrinted = '';

/** Minutes east of Greenwich of `+06:00`, or null when it is not in this form. */
export function readZone(zone: string): number | null {
  const match = ZONE.exec(zone);
  if (match === null) return null;
  const minutes = Number(match[2]) * 60 + Number(match[3]);
  return match[1] === '-' ? -minutes : minutes;
}
