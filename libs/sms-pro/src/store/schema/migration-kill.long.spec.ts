import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { testDatabases, type ScratchDatabase } from '../../../../../test/support/test-databases.js';
import { openDataSource } from './open-data-source.js';

const SCRIPT = fileURLToPath(new URL('./migrating-process.fixture.ts', import.meta.url));
const SOURCES = ['--conditions=sms-pro-source', '--import', '@swc-node/register/esm-register'];

/** A start is killed before every so many statements; each of them by `SMS_PRO_KILL_EVERY=1`. */
const EVERY = Number(process.env['SMS_PRO_KILL_EVERY'] ?? 5);

const DATABASES = await testDatabases();

// One test starts a process for each statement.
jest.setTimeout(600_000);

describe.each(DATABASES)('a start that is killed while it migrates $name', (database) => {
  let folder: string;
  let scratch: ScratchDatabase;
  let options: DataSourceOptions;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sms-pro-'));
  });

  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const open = async (name: string) => {
    scratch = await database.create();
    options = database.name === 'sqlite' ? { type: 'better-sqlite3', database: join(folder, name) } : scratch.options;
  };

  /** How many statements the start made, or `null` if it was killed. */
  const start = async (killAt: number) =>
    new Promise<number | null>((resolve, reject) => {
      const parameters = [...SOURCES, SCRIPT, JSON.stringify(options), String(killAt)];
      execFile(process.execPath, parameters, (error, stdout, stderr) => {
        if (error?.signal === 'SIGKILL') resolve(null);
        else if (error) reject(new Error(stderr));
        else resolve(Number(stdout));
      });
    });

  /** Names of tables and indexes, in order. */
  const schema = async (source: DataSource) => {
    const sql = {
      sqlite: "SELECT name FROM sqlite_master WHERE name LIKE 'sms_pro%'",
      postgres: "SELECT indexname AS name FROM pg_indexes WHERE tablename LIKE 'sms_pro%'",
      mariadb:
        "SELECT DISTINCT CONCAT(table_name, '.', index_name) AS name FROM information_schema.statistics WHERE table_schema = DATABASE()",
    }[database.name];
    const rows: { name: string }[] = await source.query(sql);
    return rows.map(({ name }) => name).toSorted();
  };

  it('leaves a database that the next start brings up to date', async () => {
    await open('whole.sqlite');
    const statements = await start(0);
    expect(statements).toBeGreaterThan(20);
    const whole = await new DataSource(options).initialize();
    const expected = await schema(whole);
    await whole.destroy();
    await scratch.drop();

    for (let killAt = 1; killAt <= Number(statements); killAt += EVERY) {
      await open(`${killAt}.sqlite`);
      expect(await start(killAt)).toBeNull();
      const again = await openDataSource(options, true);
      expect(await schema(again)).toEqual(expected);
      expect(await again.showMigrations()).toBe(false);
      await again.destroy();
      await scratch.drop();
    }
  });
});
