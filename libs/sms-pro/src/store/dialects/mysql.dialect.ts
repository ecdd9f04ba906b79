import type { Dialect } from './dialect.js';
import { insertValues } from './insert-statement.js';
import { databaseMissing, tablesForbidden, UNREACHABLE, userRefused } from './open-fault.js';
import { assignments, columnsOf, matchCondition, repeated } from './update-statement.js';

/** One lock for all instances on a database, whatever their account. Locks belong to the server, so it has a hash of its name. */
const MIGRATION_LOCK = "CONCAT('sms_pro_migration.', MD5(DATABASE()))";

/** MariaDB 10.6 and later, by mysql2. MySQL 8 speaks the same dialect and is untested. */
export const MYSQL = {
  name: 'mysql',
  types: ['mysql', 'mariadb'],
  driver: 'mysql2@3',

  placeholders: (sql) => sql,
  insert: insertValues,
  insertIgnore: (into) => `INSERT IGNORE INTO ${into}`,
  updateMany: (change, rows) => {
    // Keys are ASCII: without the conversion MariaDB would convert the column instead, and scan the table.
    const values = columnsOf(change).map(({ name, type }) =>
      type === 'text' ? `CONVERT(? USING ascii) COLLATE ascii_bin AS ${name}` : `? AS ${name}`,
    );
    // STRAIGHT_JOIN reads the given rows first and finds each stored row by its key, never the other way round.
    const sql = `UPDATE (${repeated(`SELECT ${values.join(', ')}`, rows.length, ' UNION ALL ')}) v
      STRAIGHT_JOIN ${change.table} t ON ${matchCondition(change)} SET ${assignments(change, 't.')}`;
    return { sql, parameters: rows.flat() };
  },
  forUpdate: 'FOR UPDATE',
  lockingRead: 'LOCK IN SHARE MODE',
  skipLocked: 'FOR UPDATE SKIP LOCKED',
  rowNumberColumn: null,
  batches: {
    maxParameters: 60_000,
    maxInsertRows: 2_000,
    insertSizes: [],
    maxReports: 2_000,
    maxCampaignRecipients: 2_000,
  },

  singleConnection: false,
  isolation: 'READ COMMITTED',
  // The server's default is nearly always REPEATABLE READ, and START TRANSACTION cannot say otherwise.
  sessionIsolationSql: 'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  isolationSql: null,
  analyzeSql: null,
  nowSql: 'SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) AS now_ms',
  isAborted: (driverCode) => ['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', 'ER_CHECKREAD'].includes(driverCode),

  ownOptions: (options) => options,
  databaseFile: () => null,
  watchConnections: () => {},
  openFaults: [
    UNREACHABLE,
    userRefused(['ER_ACCESS_DENIED_ERROR', 'ER_DBACCESS_DENIED_ERROR']),
    databaseMissing(['ER_BAD_DB_ERROR']),
    tablesForbidden(['ER_TABLEACCESS_DENIED_ERROR', 'ER_CREATE_TABLE_DENIED_ERROR']),
  ],
  tryLockMigrations: async (run) => {
    const [row] = await run(`SELECT GET_LOCK(${MIGRATION_LOCK}, 0) AS taken`);
    return Number(row?.['taken']) === 1;
  },
  unlockMigrations: async (run) => void (await run(`SELECT RELEASE_LOCK(${MIGRATION_LOCK})`)),
} as const satisfies Dialect;
