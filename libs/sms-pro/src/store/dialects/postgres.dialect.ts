import type { Dialect } from './dialect.js';
import { hearCutConnections } from './cut-connections.js';
import { insertUnnest, insertValues } from './insert-statement.js';
import { databaseMissing, tablesForbidden, UNREACHABLE, userRefused } from './open-fault.js';
import { assignments, columnNames, columnsOf, matchCondition } from './update-statement.js';

/** An INSERT of so many rows or more passes them as arrays. */
const MIN_UNNEST_ROWS = 10;

/** One lock for all instances on a database, whatever their account: an arbitrary number. */
const MIGRATION_LOCK = 7_767_776_801;

/** PostgreSQL 13 and later, by pg. */
export const POSTGRES = {
  name: 'postgres',
  types: ['postgres'],
  driver: 'pg@8',

  placeholders: (sql) => {
    let at = 0;
    return sql.replaceAll('?', () => `$${(at += 1)}`);
  },
  insert: (into, columns, rows) => (rows.length >= MIN_UNNEST_ROWS ? insertUnnest : insertValues)(into, columns, rows),
  insertIgnore: (into) => `INSERT INTO ${into} ON CONFLICT DO NOTHING`,
  // An array for each column: reading thousands of parameters would take longer than changing the rows.
  updateMany: (change, rows) => {
    const arrays = columnsOf(change).map(({ type }) => `CAST(? AS ${type}[])`);
    const sql = `UPDATE ${change.table} AS t SET ${assignments(change)}
      FROM unnest(${arrays.join(', ')}) AS v (${columnNames(change)}) WHERE ${matchCondition(change)}`;
    return { sql, parameters: arrays.map((_, column) => rows.map((row) => row[column] ?? null)) };
  },
  forUpdate: 'FOR UPDATE',
  lockingRead: '',
  skipLocked: 'FOR UPDATE SKIP LOCKED',
  rowNumberColumn: null,
  batches: {
    maxParameters: 60_000,
    maxInsertRows: 5_000,
    insertSizes: [],
    maxReports: 2_000,
    maxCampaignRecipients: 2_000,
  },

  singleConnection: false,
  isolation: 'READ COMMITTED',
  // Each START TRANSACTION can say it.
  sessionIsolationSql: null,
  isolationSql: "SELECT current_setting('transaction_isolation') AS isolation",
  analyzeSql:
    'ANALYZE sms_pro_message, sms_pro_packet, sms_pro_recipient, sms_pro_report, sms_pro_attempt, sms_pro_event, sms_pro_delivery',
  nowSql: 'SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT) AS now_ms',
  // serialization_failure, deadlock_detected
  isAborted: (driverCode) => ['40001', '40P01'].includes(driverCode),

  // The module's own connections send statements without waiting for the answer to the one before, unless told otherwise.
  ownOptions: (options) =>
    options.type === 'postgres'
      ? { ...options, extra: { pipeline: true, ...(options.extra as object | undefined) } }
      : options,
  databaseFile: () => null,
  watchConnections: hearCutConnections,
  openFaults: [UNREACHABLE, userRefused(['28P01', '28000']), databaseMissing(['3D000']), tablesForbidden(['42501'])],
  // Of the transaction, not of the session: a session of PgBouncer's pool would keep it.
  tryLockMigrations: async (run) => {
    const [row] = await run(`SELECT pg_try_advisory_xact_lock(${MIGRATION_LOCK}) AS taken`);
    return row?.['taken'] === true;
  },
  unlockMigrations: async () => {},
} as const satisfies Dialect;
