import { DataSource, type DataSourceOptions } from 'typeorm';
import { SmsProConfigError } from '../../errors/sms-pro.errors.js';
import { dialectOf } from '../dialects/dialect-of.js';
import { SMS_PRO_ENTITIES } from './entities/sms-pro.entities.js';
import { migrateHost, migrateOwn, requireMigrated, withOwnMigrations, type Notify } from './migrate.js';
import { openError } from './open-error.js';
import { afterClose, takeFile } from './sqlite-file.js';

/**
 * Opens the module's own DataSource and brings its tables up to date.
 * @throws SmsProConfigError if the database cannot be used with these options
 */
export async function openDataSource(
  options: DataSourceOptions,
  migrate: boolean,
  notify?: Notify,
): Promise<DataSource> {
  const dialect = dialectOf(options.type);
  let dataSource: DataSource | undefined;
  let releaseFile: (() => void) | undefined;
  try {
    releaseFile = await takeFile(dialect.databaseFile(options));
    const own = {
      ...withOwnMigrations(dialect.ownOptions(options)),
      entities: SMS_PRO_ENTITIES,
    } as DataSourceOptions;
    dataSource = await new DataSource(own).initialize();
    dialect.watchConnections(dataSource);
    if (migrate) await migrateOwn(dataSource, notify);
    await requireMigrated(dataSource);
    afterClose(dataSource, releaseFile);
    return dataSource;
  } catch (error) {
    if (dataSource?.isInitialized) await dataSource.destroy();
    releaseFile?.();
    throw error instanceof SmsProConfigError ? error : openError(error, options);
  }
}

/**
 * Prepares the host's DataSource for the module.
 * @throws SmsProConfigError for SQLite, where the module needs a DataSource of its own, and for tables that are not up to
 * date
 */
export async function useHostDataSource(dataSource: DataSource, migrate: boolean, notify?: Notify): Promise<void> {
  const dialect = dialectOf(dataSource.options.type);
  if (dialect.singleConnection) {
    throw new SmsProConfigError(
      'The module cannot use a SQLite DataSource of the application: TypeORM has one connection for all, and a stored message could be rolled back together with the transaction of another request. Leave "dataSource" out: the module opens a file of its own.',
      { path: 'dataSource' },
    );
  }
  dialect.watchConnections(dataSource);
  try {
    await migrateHost(dataSource, migrate, notify);
  } catch (error) {
    throw error instanceof SmsProConfigError ? error : openError(error, dataSource.options);
  }
}
