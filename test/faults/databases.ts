import { join } from 'node:path';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { createServerDatabase, onDatabase, whyMissing, type DatabaseServerName } from '../support/test-servers.js';
import type { DatabaseName } from './options.js';

/** A database of one run. */
export interface ScratchDatabase {
  readonly name: string;
  readonly options: DataSourceOptions;
  /** Cuts every connection to it, as a restart of the server does. Returns how many were cut. */
  cutConnections(): Promise<number>;
  drop(): Promise<void>;
}

/** How the connections to a database are cut. */
interface ConnectionCut {
  /** Lists the ids of the connections to a database. */
  readonly connections: string;
  /** Ends one connection, by its id. */
  cut(id: number): string;
}

const CUTS: Readonly<Record<DatabaseServerName, ConnectionCut>> = {
  postgres: {
    connections: 'SELECT pid AS id FROM pg_stat_activity WHERE datname = $1',
    cut: (id) => `SELECT pg_terminate_backend(${id})`,
  },
  mariadb: {
    connections: 'SELECT id FROM information_schema.processlist WHERE db = ?',
    cut: (id) => `KILL ${id}`,
  },
};

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
    cutConnections: () => onDatabase(admin, (source) => cutAll(source, CUTS[name], database)),
    drop,
  };
}

async function cutAll(source: DataSource, { connections, cut }: ConnectionCut, database: string): Promise<number> {
  const rows: { id: number | string }[] = await source.query(connections, [database]);
  let amount = 0;
  for (const { id } of rows) {
    try {
      await source.query(cut(Number(id)));
      amount += 1;
    } catch {
      // It has closed by itself in the meantime.
    }
  }
  return amount;
}
