interface SqliteHandle {
  pragma(source: string): unknown;
}

function isSqliteHandle(value: unknown): value is SqliteHandle {
  return typeof value === 'object' && value !== null && 'pragma' in value && typeof value.pragma === 'function';
}

/** Prepared statements that are cached: lists of many lengths make many texts, and preparing costs more than running. */
const CACHED_STATEMENTS = 1_000;

/**
 * Pages of 4 kB after which the log is written into the file: a campaign writes much, and each checkpoint waits for the
 * disk.
 */
const CHECKPOINT_PAGES = 4_000;

/** How long, in ms, an open waits for a file that another process holds. The wait blocks the event loop. */
const OPEN_TIMEOUT_MS = 250;

/**
 * Sets up the module's SQLite file. EXCLUSIVE comes before WAL, so that a second process on the file is told that it
 * is in use. FULL, because "stored" is the promise, and WAL alone would run with NORMAL.
 */
function prepareSqlite(handle: unknown): void {
  if (!isSqliteHandle(handle)) throw new TypeError('The SQLite driver gave no handle that takes pragmas.');
  handle.pragma('locking_mode = EXCLUSIVE');
  handle.pragma('journal_mode = WAL');
  handle.pragma('synchronous = FULL');
  handle.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
}

/** Options of the module's own SQLite file: those that the host may change, and those that it may not. */
export const SQLITE_OPTIONS = {
  defaults: { timeout: OPEN_TIMEOUT_MS, statementCacheSize: CACHED_STATEMENTS },
  forced: { prepareDatabase: prepareSqlite },
} as const;
