import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource, MigrationExecutor, type DataSourceOptions, type QueryRunner } from 'typeorm';
import { SmsProConfigError } from '../../errors/sms-pro.errors.js';
import type { RunSql } from '../dialects/dialect.js';
import { dialectOf } from '../dialects/dialect-of.js';
import { SMS_PRO_MIGRATIONS } from './migrations/sms-pro.migrations.js';

/** The table that records which of the module's own migrations have run. */
const MIGRATIONS_TABLE = 'sms_pro_migration';

/** How long, in ms, an instance waits for another one that migrates, and how often it looks. */
const MAX_LOCK_WAIT_MS = 120_000;
const LOCK_LOOK_MS = 250;

/** Logs what a person should know of a start that takes long. */
export type Notify = (text: string) => void;

/**
 * Runs the module's migrations. Instances that start at the same time wait for each other: without a lock, nine of ten failed. The
 * lock and the migrations have one connection, so that a pool of one is enough.
 *
 * @throws SmsProConfigError if another instance migrates for too long
 */
export async function migrateOwn(dataSource: DataSource, notify: Notify = () => {}): Promise<void> {
  const dialect = dialectOf(dataSource.options.type);
  const runner = dataSource.createQueryRunner();
  const run: RunSql = async (sql) => {
    const rows: unknown = await runner.query(sql);
    return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
  };
  try {
    await lockInTransaction(runner, () => dialect.tryLockMigrations(run), notify);
    try {
      await new MigrationExecutor(dataSource, runner).executePendingMigrations();
      await runner.commitTransaction();
    } catch (error) {
      await runner.rollbackTransaction().catch(() => {});
      throw error;
    } finally {
      await dialect.unlockMigrations(run).catch(() => {});
    }
  } finally {
    await runner.release();
  }
}

/** Opens a transaction that holds the lock. */
async function lockInTransaction(runner: QueryRunner, tryLock: () => Promise<boolean>, notify: Notify): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += LOCK_LOOK_MS) {
    await runner.startTransaction();
    if (await tryLock()) return;
    await runner.rollbackTransaction();
    if (waitedMs === 0) notify('Another instance is migrating the tables: this one waits for it.');
    if (waitedMs >= MAX_LOCK_WAIT_MS) {
      throw new SmsProConfigError(
        `Another instance has been migrating for more than ${MAX_LOCK_WAIT_MS / 1_000} s: check what it waits for.`,
      );
    }
    await sleep(LOCK_LOOK_MS);
  }
}

/** The options of the module's own DataSource, or of a clone of the host's, with the module's migrations. */
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
 * @throws SmsProConfigError if the host runs our migrations itself and some are pending
 */
export async function migrateHost(dataSource: DataSource, migrate: boolean, notify?: Notify): Promise<void> {
  if (hasOurs(dataSource)) {
    if (!(await dataSource.showMigrations())) return;
    throw new SmsProConfigError(
      'The migrations of your DataSource include SMS_PRO_MIGRATIONS and some are pending: run them before the application starts.',
    );
  }
  // runMigrations() on the host's own DataSource would run the host's pending migrations, too.
  const clone = await new DataSource({
    ...withOwnMigrations(dataSource.options),
    entities: [],
  } as DataSourceOptions).initialize();
  try {
    if (migrate) await migrateOwn(clone, notify);
    await requireMigrated(clone);
  } finally {
    await clone.destroy();
  }
}

/** @throws SmsProConfigError if a migration of ours has not run */
export async function requireMigrated(dataSource: DataSource): Promise<void> {
  if (!(await dataSource.showMigrations())) return;
  throw new SmsProConfigError(
    'The database lacks tables of this version and "migrate" is false: run SMS_PRO_MIGRATIONS, or set migrate: true.',
    { path: 'migrate' },
  );
}
