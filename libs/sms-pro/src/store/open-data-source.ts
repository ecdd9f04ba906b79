import { resolve } from 'node:path';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { SmsProConfigError } from '../errors/sms-pro.errors.js';
import { dialectOf } from './dialect.js';
import { SMS_PRO_ENTITIES } from './entities/sms-pro.entities.js';
import { SMS_PRO_MIGRATIONS } from './migrations/sms-pro.migrations.js';
import { sqliteOpenError, sqliteOptions } from './sqlite-data-source.js';

/** Table that records which of the module's own migrations have run. */
export const MIGRATIONS_TABLE = 'sms_pro_migration';

/** SQLite files that are open in this process: two DataSources on one file would block each other for ever. */
const OPEN_FILES = new Set<string>();

function takeFile(options: DataSourceOptions, file: string): string | null {
  if (options.type !== 'better-sqlite3' || file === ':memory:' || file === '') return null;
  const path = resolve(file);
  if (OPEN_FILES.has(path)) {
    throw new SmsProConfigError(
      `Two SmsProModule instances have the database file "${file}": give each its own file in "database", or its own "name".`,
    );
  }
  OPEN_FILES.add(path);
  return path;
}

function releaseOnDestroy(dataSource: DataSource, path: string | null): void {
  if (path === null) return;
  const destroy = dataSource.destroy.bind(dataSource);
  dataSource.destroy = async () => {
    await destroy();
    OPEN_FILES.delete(path);
  };
}

/**
 * Opens the module's own DataSource and brings its tables up to date.
 * @throws SmsProConfigError when the database cannot be used as it was given
 */
export async function openDataSource(options: DataSourceOptions, migrate: boolean): Promise<DataSource> {
  dialectOf(options.type);
  const file = String(options.database ?? '');
  const own = takeFile(options, file);
  const merged = {
    ...sqliteOptions(options),
    entities: SMS_PRO_ENTITIES,
    migrations: SMS_PRO_MIGRATIONS,
    migrationsTableName: MIGRATIONS_TABLE,
    migrationsRun: false,
    synchronize: false,
    subscribers: [],
  } as DataSourceOptions;
  let dataSource: DataSource | undefined;
  try {
    dataSource = new DataSource(merged);
    await dataSource.initialize();
    if (migrate) await dataSource.runMigrations({ transaction: 'all' });
    if (await dataSource.showMigrations()) {
      throw new SmsProConfigError(
        `The database "${file}" lacks tables of this version and "migrate" is false: run SMS_PRO_MIGRATIONS, or set migrate: true.`,
      );
    }
    releaseOnDestroy(dataSource, own);
    return dataSource;
  } catch (error) {
    if (dataSource?.isInitialized) await dataSource.destroy();
    if (own !== null) OPEN_FILES.delete(own);
    throw error instanceof SmsProConfigError ? error : sqliteOpenError(error, file);
  }
}
