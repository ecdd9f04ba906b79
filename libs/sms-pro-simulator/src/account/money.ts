const SOM = /^(-?)(\d{1,12})(?:\.(\d{1,2}))?$/;

/** Tyiyn (1/100 som) of a decimal string such as `20123.12`, or null when it is not such a string. */
export function readSom(written: string): number | null {
  const match = SOM.exec(written);
  if (match === null) return null;
  const tyiyn = Number(match[2]) * 100 + Number((match[3] ?? '').padEnd(2, '0'));
  return match[1] === '-' ? -tyiyn : tyiyn;
}

/** Som with two decimals: `-0.05`. */
export function printSom(tyiyn: number): string {
  const absolute = Math.abs(tyiyn);
  const sign = tyiyn < 0 ? '-' : '';
  return `${sign}${Math.floor(absolute / 100)}.${String(absolute % 100).padStart(2, '0')}`;
}
