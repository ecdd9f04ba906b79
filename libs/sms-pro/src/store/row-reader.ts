import type { SqlRow } from './sql-session.js';

/** A column that must hold text. */
export function text(row: SqlRow, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new TypeError(`Column ${column} holds no text.`);
  return value;
}

/** A column that holds text or nothing. */
export function textOrNull(row: SqlRow, column: string): string | null {
  return row[column] === null || row[column] === undefined ? null : text(row, column);
}

/** A column that must hold a whole number; drivers give BIGINT as a string. */
export function int(row: SqlRow, column: string): number {
  const value = Number(row[column] ?? Number.NaN);
  if (!Number.isSafeInteger(value)) throw new TypeError(`Column ${column} holds no whole number.`);
  return value;
}

/** A column that holds a whole number or nothing. */
export function intOrNull(row: SqlRow, column: string): number | null {
  return row[column] === null || row[column] === undefined ? null : int(row, column);
}

/** A flag, stored as 0 or 1. */
export function flag(row: SqlRow, column: string): boolean {
  return int(row, column) !== 0;
}

/** Text that must be one of a closed list. */
export function oneOf<T extends string>(row: SqlRow, column: string, list: readonly T[]): T {
  const value = text(row, column);
  const found = list.find((item) => item === value);
  if (found === undefined) throw new TypeError(`Column ${column} holds a word nobody knows.`);
  return found;
}

/** An instant, stored as epoch milliseconds, or nothing. */
export function dateOrNull(row: SqlRow, column: string): Date | null {
  const value = intOrNull(row, column);
  return value === null ? null : new Date(value);
}
