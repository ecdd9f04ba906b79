import type { MeasuredRow, Spread } from './verdict.js';
import { ratioOf } from './verdict.js';

/** A figure with few digits. */
export function shown(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function spread({ median, least, most }: Spread): string {
  return least === most ? shown(median) : `${shown(median)} (${shown(least)}–${shown(most)})`;
}

/** Ours compared with another side: a ratio, or the difference if it is a time. */
function against(ours: Spread, other: Spread | undefined, unit: string): string {
  if (other === undefined) return '';
  if (unit !== 'ms') return `${ratioOf(ours, other).toFixed(2)} x`;
  const difference = ours.median - other.median;
  return `${difference < 0 ? '−' : '+'}${shown(Math.abs(difference))} ms`;
}

function verdictCell({ verdicts }: MeasuredRow): string {
  return verdicts.map(({ promise, met }) => `${promise}: ${met ? 'met' : 'NOT MET'}`).join('; ');
}

/** The column headings of a table. */
const HEADINGS = ['', 'unit', 'ours', 'floor', 'to floor', 'peer', 'to peer', 'target'] as const;

/** The cells of one row; `label` is the first. */
export function cellsOf(row: MeasuredRow, label: string): string[] {
  const { ours, floor, peer } = row.sides;
  if (ours === undefined) return [];
  return [
    label,
    row.unit,
    spread(ours),
    floor === undefined ? '' : spread(floor),
    against(ours, floor, row.unit),
    peer === undefined ? '' : spread(peer),
    against(ours, peer, row.unit),
    verdictCell(row),
  ];
}

/** Columns with a value in at least one row. */
function usedColumns(rows: readonly (readonly string[])[]): number[] {
  return HEADINGS.flatMap((_, at) => (at === 0 || rows.some((row) => row[at] !== '') ? [at] : []));
}

/** A table for a terminal. */
export function plainTable(rows: readonly (readonly string[])[]): string[] {
  const used = usedColumns(rows);
  const all = [HEADINGS, ...rows];
  const widths = used.map((at) => Math.max(...all.map((row) => row[at]?.length ?? 0)));
  return all.map((row) =>
    used
      .map((at, place) => (row[at] ?? '').padEnd(widths[place] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** The same in Markdown. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const used = usedColumns(rows);
  const line = (cells: readonly string[]) => `| ${used.map((at) => cells[at] ?? '').join(' | ')} |`;
  return [line(HEADINGS), `|${used.map(() => ' --- |').join('')}`, ...rows.map(line)].join('\n');
}
