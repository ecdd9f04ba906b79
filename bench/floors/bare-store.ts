import type { BareRows } from './bare-rows.js';

/** The module's tables by the driver alone: no check, no id, no TypeORM, no queue. Stored through to the disk. */
export interface BareStore {
  /** One row of each table in one transaction, statement by statement. */
  storeOne(rows: BareRows): Promise<void>;
  /** Many rows of each table in one transaction, by the fastest statement the driver has. */
  storeMany(rows: BareRows): Promise<void>;
  run(sql: string): Promise<void>;
  /** The first row of a query that counts, as numbers. */
  numbers(sql: string): Promise<Readonly<Record<string, number>>>;
  close(): Promise<void>;
}

/** The connections that the driver may have: as many as the module's own pool. */
export const POOL_SIZE = 10;

/** A row of numbers, whatever the driver gives for them. */
export function asNumbers(row: unknown): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(row ?? {}).map(([name, value]) => [name, Number(value)]));
}
