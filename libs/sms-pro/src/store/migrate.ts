import { DataSource, type DataSourceOptions, type QueryRunner } from 'typeorm';
import { SmsProConfigError } from '../errors/sms-pro.errors.js';
import { dialectOf, type Dialect } from './dialect.js';
import { SMS_PRO_MIGRATIONS } from './migrations/sms-pro.migrations.js';

/** Table that records which of the module's own migrations have run. */
export const MIGRATIONS_TABLE = 'sms_pro_migration';

/** Longest wait, in seconds, for another instance that migrates. */
const LOCK_TIMEOUT_S = 120;

/** One lock for all instances on a database, whatever their account: an arbitrary number, and a name. */
const LOCK_KEY = 7_767_776_801;
const LOCK_NAME = 'sms_pro_migration';

async function lock(dialect: Dialect, runner: QueryRunner): Promise<void> {
  if (dialect.name === 'postgres') await runner.query(`SELECT pg_advisory_lock(${LOCK_KEY})`);
  if (dialect.name === 'mysql') {
    const rows: unknown = await runner.query(`SELECT GET_LOCK('${LOCK_NAME}', ${LOCK_TIMEOUT_S}) AS taken`);
    const taken: unknown = Array.isArray(rows) ? Reflect.get(Object(rows[0]), 'taken') : null;
    if (Number(taken) !== 1) {
      throw new SmsProConfigError(
        `Another instance has migrated for more than ${LOCK_TIMEOUT_S} s: look what it waits for.`,
      );
    }
  }
}

async function unlock(dialect: Dialect, runner: QueryRunner): Promise<void> {
  if (dialect.name === 'postgres') await runner.query(`SELECT pg_advisory_unlock(${LOCK_KEY})`);
  if (dialect.name === 'mysql') await runner.query(`SELECT RELEASE_LOCK('${LOCK_NAME}')`);
}

/** Runs the module's migrations. Ten instances that start at once wait for each other: without a lock nine failed. */
export async function migrateOwn(dataSource: DataSource): Promise<void> {
  const dialect = dialectOf(dataSource.options.type);
  // A lock belongs to a connection, so it is kept on one of its own.
  const runner = dataSource.createQueryRunner();
  try {
    await lock(dialect, runner);
    try {
      await dataSource.runMigrations({ transaction: 'all' });
    } finally {
      await unlock(dialect, runner);
    }
  } finally {
    await runner.release();
  }
}

/** What a DataSource of the module's own, or a clone of the host's, carries. */
export function withOwnMigrations(options: DataSourceOptions): DataSourceOptions {
  return {
    ...options,
    migrations: SMS_PRO_MIGRATIONS,
    migrationsTableName: MIGRATIONS_TABLE,
    migrationsRun: false,
    synchronize: false,
    dropSchema: false,
    subscribers: [],
  } as DataSourceOptions;
}

function hasOurs(dataSource: DataSource): boolean {
  return dataSource.migrations.some((migration) => SMS_PRO_MIGRATIONS.some((own) => migration instanceof own));
}

/**
 * Brings the module's tables up to date in the host's database, and touches nothing of the host's.
 *
 * @throws SmsProConfigError when the host runs our migrations itself and has not yet
 */
export async function migrateHost(dataSource: DataSource, migrate: boolean): Promise<void> {
  if (hasOurs(dataSource)) {
    if (!(await dataSource.showMigrations())) return;
    throw new SmsProConfigError(
      'The migrations of your DataSource hold SMS_PRO_MIGRATIONS and some are pending: run them before the application starts.',
    );
  }
  // runMigrations() on the host's own DataSource would run the host's pending ones too.
  const clone = await new DataSource({
    ...withOwnMigrations(dataSource.options),
    entities: [],
  } as DataSourceOptions).initialize();
  try {
    if (migrate) await migrateOwn(clone);
    await requireMigrated(clone);
  } finally {
    await clone.destroy();
  }
}

/** @throws SmsProConfigError when a migration of ours has not run */
export async function requireMigrated(dataSource: DataSource): Promise<void> {
  if (!(await dataSource.showMigrations())) return;
  throw new SmsProConfigError(
    'The database lacks tables of this version and "migrate" is false: run SMS_PRO_MIGRATIONS, or set migrate: true.',
    { path: 'migrate' },
  );
}
