import { SQLITE_OPTIONS } from './sqlite-pragmas.js';
import { insertValues } from './insert-statement.js';
import type { Dialect } from './dialect.js';
import { marks } from './sql-statement.js';
import { assignments, columnNames, columnsOf, matchCondition, repeated } from './update-statement.js';

/** SQLite, by better-sqlite3: one file, one connection, one process. */
export const SQLITE = {
  name: 'sqlite',
  types: ['better-sqlite3'],
  driver: 'better-sqlite3@12',

  placeholders: (sql) => sql,
  insert: insertValues,
  insertIgnore: (into) => `INSERT INTO ${into} ON CONFLICT DO NOTHING`,
  updateMany: (change, rows) => {
    const tuple = `(${marks(columnsOf(change).length)})`;
    const sql = `WITH v (${columnNames(change)}) AS (VALUES ${repeated(tuple, rows.length)})
      UPDATE ${change.table} AS t SET ${assignments(change)} FROM v WHERE ${matchCondition(change)}`;
    return { sql, parameters: rows.flat() };
  },
  // One connection and one transaction at a time: there is no other that could hold a lock.
  forUpdate: '',
  lockingRead: '',
  skipLocked: '',
  rowNumberColumn: 'rowid',
  batches: {
    maxParameters: 30_000,
    maxInsertRows: 500,
    insertSizes: [100, 50, 20],
    maxReports: 500,
    // While a chunk is written, nothing else can be, for example a one-time code.
    maxCampaignRecipients: 450,
  },

  singleConnection: true,
  isolation: undefined,
  sessionIsolationSql: null,
  isolationSql: null,
  analyzeSql: null,
  nowSql: `SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) AS now_ms`,
  isAborted: () => false,

  ownOptions: (options) =>
    options.type === 'better-sqlite3' ? { ...SQLITE_OPTIONS.defaults, ...options, ...SQLITE_OPTIONS.forced } : options,
  databaseFile: (options) =>
    options.type !== 'better-sqlite3' || options.database === ':memory:' ? null : options.database,
  watchConnections: () => {},
  openFaults: [
    {
      codes: [],
      text: /bindings file|\.node\b|NODE_MODULE_VERSION/,
      sentence: () =>
        'better-sqlite3 is installed without its binary for this Node. Run: npm rebuild better-sqlite3 (needs python3, make and g++)',
    },
    {
      codes: ['SQLITE_BUSY'],
      text: /database is locked/,
      sentence: (file) =>
        `The database file "${file}" is in use by another process. A SQLite file serves one process: stop the other one, or give this instance its own file in "database".`,
    },
    {
      codes: ['SQLITE_NOTADB'],
      sentence: (file) => `The file "${file}" is not a SQLite database. Name another file in "database".`,
    },
    {
      codes: ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT', 'SQLITE_CANTOPEN', 'SQLITE_READONLY'],
      text: /unable to open|readonly database|does not exist/i,
      sentence: (file) =>
        `The database file "${file}" cannot be written. Let this user write to its folder, or name another file in "database".`,
    },
  ],
  // The file is locked for this process already.
  tryLockMigrations: async () => true,
  unlockMigrations: async () => {},
} as const satisfies Dialect;
