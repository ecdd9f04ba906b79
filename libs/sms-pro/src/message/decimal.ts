/** A decimal string as an integer: its value times 10 to the power of `scale`. */
function scaled(value: string, scale: number): bigint {
  const [whole = '0', fraction = ''] = value.replace(/^[-+]/, '').split('.');
  const digits = BigInt(whole + fraction.padEnd(scale, '0'));
  return value.startsWith('-') ? -digits : digits;
}

/** Compares two decimal strings exactly: below 0 if `a` is less, 0 if equal, above 0 if greater. */
export function compareDecimals(a: string, b: string): number {
  const scale = Math.max(...[a, b].map((value) => value.split('.')[1]?.length ?? 0));
  const difference = scaled(a, scale) - scaled(b, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** Multiplies a decimal string by a whole number exactly. */
export function timesDecimal(value: string, times: number): string {
  const scale = value.split('.')[1]?.length ?? 0;
  const product = scaled(value, scale) * BigInt(times);
  const digits = (product < 0n ? -product : product).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return `${product < 0n ? '-' : ''}${whole}${scale > 0 ? `.${digits.slice(-scale)}` : ''}`;
}
