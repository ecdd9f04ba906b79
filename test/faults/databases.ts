import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DataSource, type DataSourceOptions } from 'typeorm';
import type { DatabaseName } from './options.js';
import { listens } from '../support/test-databases.js';

/** A database of one run. */
export interface ScratchDatabase {
  readonly name: string;
  readonly options: DataSourceOptions;
  /** Cuts every connection to it, as a restart of the server does. Returns how many there were. */
  cutConnections(): Promise<number>;
  drop(): Promise<void>;
}

interface Server {
  readonly variable: string;
  readonly fallback: string;
  readonly type: 'postgres' | 'mariadb';
  /** Ids of the connections to a database. */
  readonly connections: string;
  /** Ends one connection, by its id. */
  cut(id: number): string;
  drop(database: string): string;
}

const SERVERS: Readonly<Record<'postgres' | 'mariadb', Server>> = {
  postgres: {
    variable: 'SMS_PRO_TEST_POSTGRES_URL',
    fallback: 'postgres://postgres@127.0.0.1:5432/postgres',
    type: 'postgres',
    connections: 'SELECT pid AS id FROM pg_stat_activity WHERE datname = $1',
    cut: (id) => `SELECT pg_terminate_backend(${id})`,
    drop: (database) => `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`,
  },
  mariadb: {
    variable: 'SMS_PRO_TEST_MARIADB_URL',
    fallback: 'mysql://root@127.0.0.1:3306/test',
    type: 'mariadb',
    connections: 'SELECT id FROM information_schema.processlist WHERE db = ?',
    cut: (id) => `KILL ${id}`,
    drop: (database) => `DROP DATABASE IF EXISTS ${database}`,
  },
};

/** Opens a database, works on it and closes it again. */
export async function onDatabase<T>(options: DataSourceOptions, work: (source: DataSource) => Promise<T>): Promise<T> {
  const source = await new DataSource(options).initialize();
  try {
    return await work(source);
  } finally {
    await source.destroy();
  }
}

function urlOf({ variable, fallback }: Server): string {
  return process.env[variable] ?? fallback;
}

/** Why a database cannot be run on, or `null`. */
export async function missing(name: DatabaseName): Promise<string | null> {
  if (name === 'sqlite') return null;
  const server = SERVERS[name];
  const url = urlOf(server);
  if (await listens(url)) return null;
  return `${name} does not answer at ${new URL(url).host}: start it, or set ${server.variable}.`;
}

/** Makes a database that belongs to one run. */
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
  const server = SERVERS[name];
  const url = urlOf(server);
  const admin: DataSourceOptions = { type: server.type, url };
  const database = `sms_pro_faults_${randomBytes(6).toString('hex')}`;
  await onDatabase(admin, (source) => source.query(`CREATE DATABASE ${database}`));
  const own = new URL(url);
  own.pathname = `/${database}`;
  return {
    name: database,
    options: { type: server.type, url: own.href },
    cutConnections: () => onDatabase(admin, (source) => cutAll(source, server, database)),
    drop: () => onDatabase(admin, (source) => source.query(server.drop(database))),
  };
}

async function cutAll(source: DataSource, server: Server, database: string): Promise<number> {
  const rows: { id: number | string }[] = await source.query(server.connections, [database]);
  let cut = 0;
  for (const { id } of rows) {
    try {
      await source.query(server.cut(Number(id)));
      cut += 1;
    } catch {
      // It has closed by itself since.
    }
  }
  return cut;
}
