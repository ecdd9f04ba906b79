import type { DataSourceOptions, QueryResult } from 'typeorm';
import { SmsProConfigError } from '../errors/sms-pro.errors.js';

/** What differs between databases. */
export interface Dialect {
  readonly name: 'sqlite';
  /** Turns `?` into what the driver takes. */
  placeholders(sql: string): string;
  /** How many rows a statement changed. */
  affected(result: QueryResult): number;
  /** Most parameters of one statement. */
  readonly maxParameters: number;
  /** Most rows of one INSERT: SQLite blocks the event loop while it writes. */
  readonly rowsPerStatement: number;
  /** Whether all work shares one connection, so that one unit must end before the next begins. */
  readonly singleConnection: boolean;
  /** The database's own clock, in epoch milliseconds, as `now_ms`. The only SQL that asks for the time. */
  readonly nowSql: string;
}

const SQLITE: Dialect = {
  name: 'sqlite',
  placeholders: (sql) => sql,
  affected: (result) => result.affected ?? 0,
  maxParameters: 30_000,
  rowsPerStatement: 500,
  singleConnection: true,
  nowSql: `SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) AS now_ms`,
};

/**
 * The dialect of a DataSource.
 * @throws SmsProConfigError for a database this version cannot keep its rows in
 */
export function dialectOf(type: DataSourceOptions['type']): Dialect {
  if (type === 'better-sqlite3') return SQLITE;
  throw new SmsProConfigError([
    { path: 'database.type', message: `"${type}" is not supported by this version: use "better-sqlite3"` },
  ]);
}
