import type { ProgressText } from './progress-text.js';

/** Colours a text, or leaves it as it is. */
export interface Paint {
  (style: 'bold' | 'dim' | 'green' | 'red', text: string): string;
}

const STYLE_OF_TONE = { quiet: 'dim', good: 'green', bad: 'red' } as const;

/** A phone as the demo shows it: `+996 555 *** 101`. */
export function shownPhone(phone: string): string {
  return `+${phone.slice(0, 3)} ${phone.slice(3, 6)} *** ${phone.slice(-3)}`;
}

/** Seconds since the demo began, in a column: `  1.3 s`. */
export function shownTime(elapsedMs: number): string {
  return `${(elapsedMs / 1_000).toFixed(1).padStart(5)} s`;
}

/** The line of one event of one phone. */
export function progressLine(
  elapsedMs: number,
  { phone, reference }: { readonly phone: string; readonly reference: string },
  { text, tone }: ProgressText,
  paint: Paint,
): string {
  return `${shownTime(elapsedMs)}  ${shownPhone(phone)}  ${reference.padEnd(13)}  ${paint(STYLE_OF_TONE[tone], text)}`;
}

/** A table with aligned columns; all cells, numbers too, are aligned left. */
export function tableLines(heads: readonly string[], rows: readonly (readonly string[])[], paint: Paint): string[] {
  const widths = heads.map((head, at) => Math.max(head.length, ...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `  ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')}`.trimEnd();
  return [paint('bold', line(heads)), ...rows.map(line)];
}

/** `1 row`, `2 rows`. */
export function counted(amount: number, what: string): string {
  return `${amount} ${what}${amount === 1 ? '' : 's'}`;
}
