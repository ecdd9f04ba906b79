import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DataSource, type DataSourceOptions } from 'typeorm';
import type { DatabaseName } from '../extent.js';

/** A database of one side of one benchmark. */
export interface ScratchDatabase {
  readonly name: DatabaseName;
  /** The file, or the URL. */
  readonly place: string;
  readonly options: DataSourceOptions;
  drop(): Promise<void>;
}

interface Server {
  readonly variable: string;
  readonly fallback: string;
  drop(database: string): string;
}

const SERVERS: Readonly<Record<'postgres' | 'mariadb', Server>> = {
  postgres: {
    variable: 'SMS_PRO_TEST_POSTGRES_URL',
    fallback: 'postgres://postgres@127.0.0.1:5432/postgres',
    drop: (database) => `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`,
  },
  mariadb: {
    variable: 'SMS_PRO_TEST_MARIADB_URL',
    fallback: 'mysql://root@127.0.0.1:3306/test',
    drop: (database) => `DROP DATABASE IF EXISTS ${database}`,
  },
};

const REDIS = { variable: 'SMS_PRO_TEST_REDIS_URL', fallback: 'redis://127.0.0.1:6379' };

const CONNECT_TIMEOUT_MS = 1_000;

async function listens(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: CONNECT_TIMEOUT_MS });
    const end = (there: boolean) => {
      socket.destroy();
      resolve(there);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}

/** Opens a database, works on it and closes it again. */
export async function onDatabase<T>(options: DataSourceOptions, work: (source: DataSource) => Promise<T>): Promise<T> {
  const source = await new DataSource(options).initialize();
  try {
    return await work(source);
  } finally {
    await source.destroy();
  }
}

/** The URL of a server. */
export function serverUrl(name: 'postgres' | 'mariadb'): string {
  const { variable, fallback } = SERVERS[name];
  return process.env[variable] ?? fallback;
}

/** The URL of Redis, or `null` where it does not answer. */
export async function redisUrl(): Promise<string | null> {
  const url = process.env[REDIS.variable] ?? REDIS.fallback;
  return (await listens(url)) ? url : null;
}

/** Why a database cannot be measured on, or `null`. */
export async function missing(name: DatabaseName): Promise<string | null> {
  if (name === 'sqlite') return null;
  const url = serverUrl(name);
  if (await listens(url)) return null;
  return `${name} does not answer at ${new URL(url).host}: start it, or set ${SERVERS[name].variable}.`;
}

/** Makes an empty database. Dropping it also cuts whoever is still connected. */
export async function createDatabase(name: DatabaseName, folder: string): Promise<ScratchDatabase> {
  const random = randomBytes(6).toString('hex');
  if (name === 'sqlite') {
    const place = join(folder, `${random}.sqlite`);
    // The file goes with the folder.
    return { name, place, options: { type: 'better-sqlite3', database: place }, drop: async () => {} };
  }
  const server = SERVERS[name];
  const url = serverUrl(name);
  const admin: DataSourceOptions = { type: name, url };
  const database = `sms_pro_bench_${random}`;
  await onDatabase(admin, (source) => source.query(`CREATE DATABASE ${database}`));
  const own = new URL(url);
  own.pathname = `/${database}`;
  return {
    name,
    place: own.href,
    options: { type: name, url: own.href },
    drop: () => onDatabase(admin, (source) => source.query(server.drop(database))),
  };
}
