import type { BareRows } from './bare-rows.js';

/** Writes the module's tables with the driver alone: no checks, no new ids, no TypeORM, no queue. Commits are synced to disk. */
export interface BareStore {
  /** One row of each table in one transaction, statement by statement. */
  storeOne(rows: BareRows): Promise<void>;
  /** Many rows of each table in one transaction, with the fastest statement of the driver. */
  storeMany(rows: BareRows): Promise<void>;
  run(sql: string): Promise<void>;
  /** The first row of a query, as numbers. */
  numbers(sql: string): Promise<Readonly<Record<string, number>>>;
  close(): Promise<void>;
}

/** Connections of the driver: as many as in the module's own pool. */
export const POOL_SIZE = 10;

/** A row as numbers, whatever types the driver returns. */
export function asNumbers(row: unknown): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(row ?? {}).map(([name, value]) => [name, Number(value)]));
}
