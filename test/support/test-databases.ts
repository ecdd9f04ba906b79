import type { DataSourceOptions } from 'typeorm';
import { createServerDatabase, whyMissing, type DatabaseServerName } from './test-servers.js';

/** An empty database of one test. */
export interface ScratchDatabase {
  readonly options: DataSourceOptions;
  drop(): Promise<void>;
}

/** A kind of database that tests run on. */
export interface TestDatabase {
  readonly name: 'sqlite' | DatabaseServerName;
  create(): Promise<ScratchDatabase>;
}

const SQLITE: TestDatabase = {
  name: 'sqlite',
  create: async () => ({ options: { type: 'better-sqlite3', database: ':memory:' }, drop: async () => {} }),
};

const SERVER_NAMES: readonly DatabaseServerName[] = ['postgres', 'mariadb'];

/** SQLite, and each server that answers. Prints which one does not; in CI that is a failure. */
export async function testDatabases(): Promise<TestDatabase[]> {
  const found: TestDatabase[] = [SQLITE];
  for (const name of SERVER_NAMES) {
    const why = await whyMissing(name);
    if (why === null) found.push({ name, create: () => createServerDatabase(name, 'sms_pro_test_') });
    else if (process.env['CI'] === 'true') throw new Error(why);
    else process.stderr.write(`NOT RUN on ${name}: ${why}\n`);
  }
  return found;
}
