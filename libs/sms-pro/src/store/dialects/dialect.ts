import type { DataSource, DataSourceOptions } from 'typeorm';
import type { OpenFault } from './open-fault.js';
import type { SqlRowValues, SqlStatement } from './sql-statement.js';
import type { TableChange } from './update-statement.js';

/** The isolation levels under which the module's transactions run. */
export type Isolation = 'READ COMMITTED' | undefined;

/** Runs one statement on the connection that holds the migration lock, and returns its rows. */
export type RunSql = (sql: string) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** How many rows go together. */
export interface BatchSizes {
  /** Parameters of one statement, at most. */
  readonly maxParameters: number;
  /** Rows of one INSERT, at most: SQLite blocks the event loop while it writes. */
  readonly maxInsertRows: number;
  /**
   * Row counts of an INSERT, largest first, used while at least that many rows are left: SQLite keeps a prepared
   * statement for each of them.
   */
  readonly insertSizes: readonly number[];
  /** Pushed reports stored in one transaction, at most. */
  readonly maxReports: number;
  /** Recipients of a campaign stored in one transaction, at most: a multiple of the 50 phones of a packet. */
  readonly maxCampaignRecipients: number;
}

/** What differs between databases: one object per database, each in its own file. */
export interface Dialect {
  readonly name: string;
  /** The `type` of the DataSources that speak it. */
  readonly types: readonly DataSourceOptions['type'][];
  /** What `npm install` needs to get the driver. */
  readonly driver: string;

  /** Turns `?` into what the driver takes. */
  placeholders(sql: string): string;
  /** An INSERT of many rows. `into` is `INSERT INTO table (columns)`. */
  insert(into: string, columns: number, rows: SqlRowValues): SqlStatement;
  /** An INSERT that leaves an existing row as it is, and aborts no transaction. */
  insertIgnore(into: string): string;
  /** Changes many rows, each to values of its own. */
  updateMany(change: TableChange, rows: SqlRowValues): SqlStatement;
  /** Ends a SELECT whose rows are then changed: other transactions wait. */
  readonly forUpdate: string;
  /** Ends a SELECT that shares work out: rows locked by others are skipped. */
  readonly skipLocked: string;
  /** Ends a SELECT that must see what others have committed, also in a caller's transaction that reads a snapshot. */
  readonly lockingRead: string;
  /** The column that numbers rows in the order in which they were inserted, or `null` if there is none. */
  readonly rowNumberColumn: string | null;
  readonly batches: BatchSizes;

  /** Whether all work shares one connection, so that one unit must end before the next begins. */
  readonly singleConnection: boolean;
  /** MariaDB's default would show a transaction the rows as they were at its first read, and would lock gaps. */
  readonly isolation: Isolation;
  /** Sets `isolation` once for a whole connection of the module's own; `null` if each transaction sets it. */
  readonly sessionIsolationSql: string | null;
  /** Reads the default isolation of a connection, as `isolation`; `null` if it is known. */
  readonly isolationSql: string | null;
  /** Brings the planner's statistics up to date; `null` if plans do not depend on them. */
  readonly analyzeSql: string | null;
  /** The database's own clock, in epoch milliseconds, as `now_ms`. No other SQL reads the time. */
  readonly nowSql: string;
  /** Whether the database aborted the transaction because of a conflict with another one: it can be run again. */
  isAborted(driverCode: string): boolean;

  /** What a DataSource of the module's own needs beyond the given options. */
  ownOptions(options: DataSourceOptions): DataSourceOptions;
  /** The file that one process has for itself, or `null`. */
  databaseFile(options: DataSourceOptions): string | null;
  /** Called for every DataSource that is used, before its first query. */
  watchConnections(dataSource: DataSource): void;
  readonly openFaults: readonly OpenFault[];
  /** Takes the lock under which one instance at a time migrates, if it is free. Called inside a transaction. */
  tryLockMigrations(run: RunSql): Promise<boolean>;
  /** Releases the lock after that transaction, on the same connection, where its end does not. */
  unlockMigrations(run: RunSql): Promise<void>;
}
