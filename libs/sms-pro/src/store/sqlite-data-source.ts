import type { DataSourceOptions } from 'typeorm';

interface SqliteHandle {
  pragma(source: string): unknown;
}

function isSqliteHandle(value: unknown): value is SqliteHandle {
  return typeof value === 'object' && value !== null && 'pragma' in value && typeof value.pragma === 'function';
}

/** Prepared statements that are kept: lists of many lengths make many texts, and preparing costs more than running. */
const STATEMENTS_KEPT = 1_000;

/** Pages of 4 kB after which the log is written into the file: a campaign writes much, and each time waits for the disk. */
const CHECKPOINT_PAGES = 4_000;

/** How long, in ms, an open waits for a file that another process holds. The wait blocks the event loop. */
const OPEN_TIMEOUT_MS = 250;

/**
 * What the module asks of its SQLite file. EXCLUSIVE comes before WAL, so that a second process on the file is
 * told that it is in use; FULL, because "stored" is the promise and WAL alone would run NORMAL.
 */
export function prepareSqlite(handle: unknown): void {
  if (!isSqliteHandle(handle)) throw new TypeError('The SQLite driver gave no handle that takes pragmas.');
  handle.pragma('locking_mode = EXCLUSIVE');
  handle.pragma('journal_mode = WAL');
  handle.pragma('synchronous = FULL');
  handle.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
}

/** The host's options for the SQLite file, with what the module must have over them. */
export function sqliteOptions(options: DataSourceOptions): DataSourceOptions {
  if (options.type !== 'better-sqlite3') return options;
  return { timeout: OPEN_TIMEOUT_MS, statementCacheSize: STATEMENTS_KEPT, ...options, prepareDatabase: prepareSqlite };
}
