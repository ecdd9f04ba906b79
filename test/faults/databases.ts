import { join } from 'node:path';
import type { DataSourceOptions } from 'typeorm';
import { createServerDatabase, cutConnections, onDatabase, whyMissing } from '../support/test-servers.js';
import type { DatabaseName } from './options.js';

/** A database of one run. */
export interface ScratchDatabase {
  readonly name: string;
  readonly options: DataSourceOptions;
  /** Cuts every connection to it, as a restart of the server does. Returns how many were cut. */
  cutConnections(): Promise<number>;
  drop(): Promise<void>;
}

/** Why a run on this database is not possible, or `null`. */
export async function missing(name: DatabaseName): Promise<string | null> {
  return name === 'sqlite' ? null : whyMissing(name);
}

/** Creates an empty database for one run. */
export async function createDatabase(name: DatabaseName, folder: string): Promise<ScratchDatabase> {
  if (name === 'sqlite') {
    const file = join(folder, 'sms-pro.sqlite');
    return {
      name: file,
      options: { type: 'better-sqlite3', database: file },
      cutConnections: async () => 0,
      // The file goes with the folder.
      drop: async () => {},
    };
  }
  const { database, options, admin, drop } = await createServerDatabase(name, 'sms_pro_faults_');
  return {
    name: database,
    options,
    cutConnections: () => onDatabase(admin, (source) => cutConnections(name, source, database)),
    drop,
  };
}
