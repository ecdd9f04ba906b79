import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { DataSource, type DataSourceOptions } from 'typeorm';

/** The database servers that tests, fault runs and benchmarks use. */
export type DatabaseServerName = 'postgres' | 'mariadb';

/** Every server that they use. */
export type ServerName = DatabaseServerName | 'redis';

interface Server {
  /** As a sentence names it. */
  readonly title: string;
  /** The environment variable with its URL. */
  readonly variable: string;
  /** Its URL where the variable is not set: the default port of this machine. */
  readonly defaultUrl: string;
}

const SERVERS: Readonly<Record<ServerName, Server>> = {
  postgres: {
    title: 'postgres',
    variable: 'SMS_PRO_TEST_POSTGRES_URL',
    defaultUrl: 'postgres://postgres@127.0.0.1:5432/postgres',
  },
  mariadb: {
    title: 'mariadb',
    variable: 'SMS_PRO_TEST_MARIADB_URL',
    defaultUrl: 'mysql://root@127.0.0.1:3306/test',
  },
  redis: {
    title: 'Redis',
    variable: 'SMS_PRO_TEST_REDIS_URL',
    defaultUrl: 'redis://127.0.0.1:6379',
  },
};

const CONNECT_TIMEOUT_MS = 1_000;

/** An empty database with a random name, on a server of this machine. */
export interface ServerDatabase {
  /** Its name on the server. */
  readonly database: string;
  readonly url: string;
  /** Connects to it. */
  readonly options: DataSourceOptions;
  /** Connects to the server itself, to work on the database from outside. */
  readonly admin: DataSourceOptions;
  /** Also cuts whoever is still connected. */
  drop(): Promise<void>;
}

/** The URL of a server: from its environment variable, or its default port on this machine. */
export function serverUrl(name: ServerName): string {
  const { variable, defaultUrl } = SERVERS[name];
  return process.env[variable] ?? defaultUrl;
}

/** The variable with the URL of a server, and its default, for a help text. */
export function serverHint(name: ServerName): string {
  const { variable, defaultUrl } = SERVERS[name];
  return `${variable} (${defaultUrl})`;
}

/** Whether something answers at the host and port of a URL. */
export async function listens(url: string): Promise<boolean> {
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

/** Why a server cannot be used, and what to do about it; `null` if it answers. */
export async function whyMissing(name: ServerName): Promise<string | null> {
  const url = serverUrl(name);
  if (await listens(url)) return null;
  const { title, variable } = SERVERS[name];
  return `${title} does not answer at ${new URL(url).host}: start it, or set ${variable}.`;
}

/** Connects to a database, does the work and disconnects. */
export async function onDatabase<T>(options: DataSourceOptions, work: (source: DataSource) => Promise<T>): Promise<T> {
  const source = await new DataSource(options).initialize();
  try {
    return await work(source);
  } finally {
    await source.destroy();
  }
}

/** Creates an empty database. @param prefix how its random name begins */
export async function createServerDatabase(type: DatabaseServerName, prefix: string): Promise<ServerDatabase> {
  const database = `${prefix}${randomBytes(6).toString('hex')}`;
  const url = serverUrl(type);
  const admin: DataSourceOptions = { type, url };
  await onDatabase(admin, (source) => source.query(`CREATE DATABASE ${database}`));
  const own = new URL(url);
  own.pathname = `/${database}`;
  return {
    database,
    url: own.href,
    options: { type, url: own.href },
    admin,
    drop: () => onDatabase(admin, (source) => DROP_DATABASE[type](source, database)),
  };
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

/** Cuts every connection to a database, as a restart of its server does. Returns how many were cut. */
export async function cutConnections(type: DatabaseServerName, source: DataSource, database: string): Promise<number> {
  const { connections, cut } = CUTS[type];
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

/** How each server drops a database also while somebody is connected to it. */
const DROP_DATABASE: Readonly<Record<DatabaseServerName, (source: DataSource, database: string) => Promise<void>>> = {
  postgres: async (source, database) => {
    await source.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
  },
  // MariaDB would wait until each of them has ended its transaction.
  mariadb: async (source, database) => {
    await cutConnections('mariadb', source, database);
    await source.query(`DROP DATABASE IF EXISTS ${database}`);
  },
};
