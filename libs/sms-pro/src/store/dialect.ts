import type { DataSourceOptions } from 'typeorm';
import { SmsProConfigError } from '../errors/sms-pro.errors.js';
import { SmsProStoreError } from './store-error.js';

/** The levels of isolation that a transaction of the module runs under. */
export type Isolation = 'READ COMMITTED' | undefined;

/** What differs between databases. */
export interface Dialect {
  readonly name: 'sqlite' | 'postgres' | 'mysql';
  /** Turns `?` into what the driver takes. */
  placeholders(sql: string): string;
  /** An INSERT that leaves a row which is there already as it is, and aborts no transaction. */
  insertIgnore(into: string): string;
  /** Ends a SELECT whose rows are then changed: other transactions wait. */
  readonly forUpdate: string;
  /** Ends a SELECT that shares work out: rows in other hands are passed over. */
  readonly skipLocked: string;
  /** Ends a SELECT that must see what others have committed, also in a caller's transaction that reads a snapshot. */
  readonly lockingRead: string;
  /** Most parameters of one statement. */
  readonly maxParameters: number;
  /** Most rows of one INSERT: SQLite blocks the event loop while it writes. */
  readonly rowsPerStatement: number;
  /** How many rows an INSERT has, largest first, while more are left than the last: SQLite keeps a prepared statement of each. */
  readonly insertSizes: readonly number[];
  /** From how many rows on an INSERT takes them from arrays, which PostgreSQL alone can. */
  readonly unnestFrom: number;
  /** Whether all work shares one connection, so that one unit must end before the next begins. */
  readonly singleConnection: boolean;
  /** MariaDB's default would show a transaction the rows as they were at its first read, and lock gaps. */
  readonly isolation: Isolation;
  /** Has a connection of the module's own isolate as `isolation` by itself, once and for all; `null` where it need not. */
  readonly sessionIsolationSql: string | null;
  /** Asks how a connection isolates by itself, as `isolation`; `null` where the answer is known. */
  readonly isolationSql: string | null;
  /** Brings the planner's statistics up to date; `null` where plans do not depend on them. */
  readonly analyzeSql: string | null;
  /** The database's own clock, in epoch milliseconds, as `now_ms`. The only SQL that asks for the time. */
  readonly nowSql: string;
  /** Whether the database broke the transaction off for another one's sake: the same work may be done again. */
  isBrokenOff(error: unknown): boolean;
}

function driverCode(error: unknown): string {
  return error instanceof SmsProStoreError ? error.driverCode : '';
}

const SQLITE: Dialect = {
  name: 'sqlite',
  placeholders: (sql) => sql,
  insertIgnore: (into) => `INSERT INTO ${into} ON CONFLICT DO NOTHING`,
  // One connection and one transaction at a time: nobody else can be there.
  forUpdate: '',
  lockingRead: '',
  skipLocked: '',
  maxParameters: 30_000,
  rowsPerStatement: 500,
  insertSizes: [100, 50, 20],
  unnestFrom: Number.POSITIVE_INFINITY,
  singleConnection: true,
  isolation: undefined,
  sessionIsolationSql: null,
  isolationSql: null,
  analyzeSql: null,
  nowSql: `SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) AS now_ms`,
  isBrokenOff: () => false,
};

const POSTGRES: Dialect = {
  name: 'postgres',
  placeholders: (sql) => {
    let at = 0;
    return sql.replaceAll('?', () => `$${(at += 1)}`);
  },
  insertIgnore: (into) => `INSERT INTO ${into} ON CONFLICT DO NOTHING`,
  forUpdate: 'FOR UPDATE',
  lockingRead: '',
  skipLocked: 'FOR UPDATE SKIP LOCKED',
  maxParameters: 60_000,
  rowsPerStatement: 5_000,
  insertSizes: [],
  unnestFrom: 10,
  singleConnection: false,
  isolation: 'READ COMMITTED',
  // Each START TRANSACTION may say it.
  sessionIsolationSql: null,
  isolationSql: "SELECT current_setting('transaction_isolation') AS isolation",
  analyzeSql:
    'ANALYZE sms_pro_message, sms_pro_packet, sms_pro_recipient, sms_pro_report, sms_pro_attempt, sms_pro_event, sms_pro_delivery',
  nowSql: 'SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS now_ms',
  // serialization_failure, deadlock_detected
  isBrokenOff: (error) => ['40001', '40P01'].includes(driverCode(error)),
};

/** MariaDB 10.6 and later; MySQL 8 speaks the same, and is untested. */
const MYSQL: Dialect = {
  name: 'mysql',
  placeholders: (sql) => sql,
  insertIgnore: (into) => `INSERT IGNORE INTO ${into}`,
  forUpdate: 'FOR UPDATE',
  lockingRead: 'LOCK IN SHARE MODE',
  skipLocked: 'FOR UPDATE SKIP LOCKED',
  maxParameters: 60_000,
  rowsPerStatement: 2_000,
  insertSizes: [],
  unnestFrom: Number.POSITIVE_INFINITY,
  singleConnection: false,
  isolation: 'READ COMMITTED',
  // It repeats reads by itself, nearly everywhere, and START TRANSACTION cannot say otherwise.
  sessionIsolationSql: 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  isolationSql: null,
  analyzeSql: null,
  nowSql: 'SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) AS now_ms',
  isBrokenOff: (error) => ['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', 'ER_CHECKREAD'].includes(driverCode(error)),
};

const DIALECTS: Readonly<Record<string, Dialect>> = {
  'better-sqlite3': SQLITE,
  postgres: POSTGRES,
  mysql: MYSQL,
  mariadb: MYSQL,
};

/**
 * The dialect of a DataSource.
 * @throws SmsProConfigError for a database this version cannot keep its rows in
 */
export function dialectOf(type: DataSourceOptions['type']): Dialect {
  const dialect = Object.hasOwn(DIALECTS, type) ? DIALECTS[type] : undefined;
  if (dialect !== undefined) return dialect;
  throw new SmsProConfigError([
    {
      path: 'database.type',
      message: `"${type}" is not supported: use "better-sqlite3", "postgres" or "mariadb"`,
    },
  ]);
}
