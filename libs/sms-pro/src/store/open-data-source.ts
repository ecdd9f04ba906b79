import { DataSource, type DataSourceOptions } from 'typeorm';
import { SmsProConfigError } from '../errors/sms-pro.errors.js';
import { hearCutConnections } from './cut-connections.js';
import { dialectOf } from './dialect.js';
import { SMS_PRO_ENTITIES } from './entities/sms-pro.entities.js';
import { migrateHost, migrateOwn, requireMigrated, withOwnMigrations } from './migrate.js';
import { openError } from './open-error.js';
import { withPipeline } from './pipelined-connection.js';
import { sqliteOptions } from './sqlite-data-source.js';
import { afterClose, takeFile } from './sqlite-file.js';

/**
 * Opens the module's own DataSource and brings its tables up to date.
 * @throws SmsProConfigError when the database cannot be used as it was given
 */
export async function openDataSource(options: DataSourceOptions, migrate: boolean): Promise<DataSource> {
  dialectOf(options.type);
  let dataSource: DataSource | undefined;
  let giveBack: (() => void) | undefined;
  try {
    giveBack = await takeFile(options);
    const own = {
      ...withOwnMigrations(withPipeline(sqliteOptions(options))),
      entities: SMS_PRO_ENTITIES,
    } as DataSourceOptions;
    dataSource = await new DataSource(own).initialize();
    hearCutConnections(dataSource);
    if (migrate) await migrateOwn(dataSource);
    await requireMigrated(dataSource);
    afterClose(dataSource, giveBack);
    return dataSource;
  } catch (error) {
    if (dataSource?.isInitialized) await dataSource.destroy();
    giveBack?.();
    throw error instanceof SmsProConfigError ? error : openError(error, options);
  }
}

/**
 * Makes the host's DataSource fit to live in.
 * @throws SmsProConfigError for a SQLite one, which must be the module's own, and for one whose tables are not up to date
 */
export async function useHostDataSource(dataSource: DataSource, migrate: boolean): Promise<void> {
  const dialect = dialectOf(dataSource.options.type);
  if (dialect.singleConnection) {
    throw new SmsProConfigError(
      'The module cannot live in a SQLite DataSource of the application: TypeORM has one connection for all, and an acknowledged write could be rolled back with another flow. Leave "dataSource" out: the module opens a file of its own.',
      { path: 'dataSource' },
    );
  }
  hearCutConnections(dataSource);
  try {
    await migrateHost(dataSource, migrate);
  } catch (error) {
    throw error instanceof SmsProConfigError ? error : openError(error, dataSource.options);
  }
}
