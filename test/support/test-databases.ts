import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { DataSource, type DataSourceOptions } from 'typeorm';

/** A database of its own, for one test. */
export interface ScratchDatabase {
  readonly options: DataSourceOptions;
  drop(): Promise<void>;
}

/** A kind of database that tests run on. */
export interface TestDatabase {
  readonly name: 'sqlite' | 'postgres' | 'mariadb';
  create(): Promise<ScratchDatabase>;
}

interface Server {
  readonly name: 'postgres' | 'mariadb';
  readonly variable: string;
  readonly fallback: string;
  create(url: string): Promise<ScratchDatabase>;
}

const CONNECT_TIMEOUT_MS = 1_000;

function scratchName(): string {
  return `sms_pro_test_${randomBytes(6).toString('hex')}`;
}

async function run(options: DataSourceOptions, sql: string): Promise<void> {
  const admin = await new DataSource(options).initialize();
  try {
    await admin.query(sql);
  } finally {
    await admin.destroy();
  }
}

const SQLITE: TestDatabase = {
  name: 'sqlite',
  create: async () => ({ options: { type: 'better-sqlite3', database: ':memory:' }, drop: async () => {} }),
};

const SERVERS: readonly Server[] = [
  {
    name: 'postgres',
    variable: 'SMS_PRO_TEST_POSTGRES_URL',
    fallback: 'postgres://postgres@127.0.0.1:5432/postgres',
    async create(url) {
      const database = scratchName();
      const server: DataSourceOptions = { type: 'postgres', url };
      await run(server, `CREATE DATABASE ${database}`);
      const own = new URL(url);
      own.pathname = `/${database}`;
      return {
        options: { type: 'postgres', url: own.href },
        drop: () => run(server, `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`),
      };
    },
  },
  {
    name: 'mariadb',
    variable: 'SMS_PRO_TEST_MARIADB_URL',
    fallback: 'mysql://root@127.0.0.1:3306/test',
    async create(url) {
      const database = scratchName();
      const server: DataSourceOptions = { type: 'mariadb', url };
      await run(server, `CREATE DATABASE ${database}`);
      const own = new URL(url);
      own.pathname = `/${database}`;
      return {
        options: { type: 'mariadb', url: own.href },
        drop: () => run(server, `DROP DATABASE IF EXISTS ${database}`),
      };
    },
  },
];

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

/**
 * SQLite, and each server that is there: by its environment variable, then on its default port.
 * Says plainly which is not; in CI that is a failure.
 */
export async function testDatabases(): Promise<TestDatabase[]> {
  const found: TestDatabase[] = [SQLITE];
  for (const server of SERVERS) {
    const url = process.env[server.variable] ?? server.fallback;
    if (await listens(url)) {
      found.push({ name: server.name, create: () => server.create(url) });
      continue;
    }
    const why = `${server.name} does not answer at ${new URL(url).host}: start it, or set ${server.variable}.`;
    if (process.env['CI'] === 'true') throw new Error(why);
    process.stderr.write(`NOT RUN on ${server.name}: ${why}\n`);
  }
  return found;
}
