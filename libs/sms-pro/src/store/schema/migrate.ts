import { DataSource, type DataSourceOptions } from 'typeorm';
import { SmsProConfigError } from '../../errors/sms-pro.errors.js';
import type { RunSql } from '../dialects/dialect.js';
import { dialectOf } from '../dialects/dialect-of.js';
import { SMS_PRO_MIGRATIONS } from './migrations/sms-pro.migrations.js';

/** The table that records which of the module's own migrations have run. */
const MIGRATIONS_TABLE = 'sms_pro_migration';

/** Runs the module's migrations under a lock: without it, nine of ten instances that started at the same time failed. */
export async function migrateOwn(dataSource: DataSource): Promise<void> {
  const dialect = dialectOf(dataSource.options.type);
  // A lock belongs to a connection, so it gets one of its own.
  const runner = dataSource.createQueryRunner();
  const run: RunSql = async (sql) => {
    const rows: unknown = await runner.query(sql);
    return Array.isArray(rows) ? (rows as Record<string, unknown>[]) : [];
  };
  try {
    await dialect.lockMigrations(run);
    try {
      await dataSource.runMigrations({ transaction: 'all' });
    } finally {
      await dialect.unlockMigrations(run);
    }
  } finally {
    await runner.release();
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
export async function migrateHost(dataSource: DataSource, migrate: boolean): Promise<void> {
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
    if (migrate) await migrateOwn(clone);
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
