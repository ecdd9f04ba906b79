import { SmsProInvariantError } from '../../errors/sms-pro.errors.js';
import type { SqlRow } from './sql-session.js';

/** A column that must hold text. */
export function text(row: SqlRow, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw new SmsProInvariantError(`No text in column ${column}.`);
  return value;
}

/** A column that holds text or nothing. */
export function textOrNull(row: SqlRow, column: string): string | null {
  return row[column] === null || row[column] === undefined ? null : text(row, column);
}

/** A column that must hold a whole number; drivers return BIGINT as a string. */
export function int(row: SqlRow, column: string): number {
  const value = Number(row[column] ?? Number.NaN);
  if (!Number.isSafeInteger(value)) throw new SmsProInvariantError(`No whole number in column ${column}.`);
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
  const found = knownOrNull(row, column, list);
  if (found === null) throw new SmsProInvariantError(`Unknown value in column ${column}.`);
  return found;
}

/** Text of a closed list that may have grown: `null` for a value that a newer version wrote. */
export function knownOrNull<T extends string>(row: SqlRow, column: string, list: readonly T[]): T | null {
  const value = text(row, column);
  return list.find((item) => item === value) ?? null;
}

/** An instant, stored as epoch milliseconds, or nothing. */
export function dateOrNull(row: SqlRow, column: string): Date | null {
  const value = intOrNull(row, column);
  return value === null ? null : new Date(value);
}
