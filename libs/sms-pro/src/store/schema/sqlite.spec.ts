import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { SmsProConfigError } from '../../errors/sms-pro.errors.js';
import { dialectOf } from '../dialects/dialect-of.js';
import { SMS_PRO_MIGRATIONS } from './migrations/sms-pro.migrations.js';
import { openDataSource } from './open-data-source.js';
import { openError } from './open-error.js';
import { SmsProDatabase } from '../database/sms-pro.database.js';
import { TestStore } from '../store.fixture.js';

/** Opens the file as a second process would, and says what it met. */
const SECOND_PROCESS = `
  const Database = require('better-sqlite3');
  const db = new Database(process.argv[1], { timeout: 100 });
  try { db.prepare('SELECT COUNT(*) FROM sms_pro_message').get(); console.log('opened'); }
  catch (error) { console.log(error.code); }
`;

describe('the SQLite file', () => {
  let folder: string;
  let file: string;
  let open: SmsProDatabase | null = null;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sms-pro-'));
    file = join(folder, 'nested', 'sms.sqlite');
  });

  afterEach(async () => {
    await open?.close();
    open = null;
    await rm(folder, { recursive: true, force: true });
  });

  const opened = async () => {
    open = new SmsProDatabase(await openDataSource({ type: 'better-sqlite3', database: file }, true), 'default');
    return open;
  };

  // Guards SmsProDatabase.inTurn. Without the mutex the write of B lands in A's transaction and is rolled back with it,
  // although it was acknowledged.
  it('an acknowledged write is not lost with another flow’s transaction', async () => {
    const database = await opened();
    const insert = `INSERT INTO sms_pro_account (account, low_recorded) VALUES (?, 0)`;
    let roll: () => void = () => {};
    const waiting = new Promise<void>((resolve) => {
      roll = resolve;
    });
    let began: () => void = () => {};
    const inside = new Promise<void>((resolve) => {
      began = resolve;
    });
    const a = database.transaction(async (unit) => {
      await unit.run(insert, ['a']);
      began();
      await waiting;
      throw new Error('A fails');
    });
    await inside;
    const b = database.transaction((unit) => unit.run(insert, ['b']));
    const reads = database.read((session) => session.all('SELECT account FROM sms_pro_account'));
    roll();
    await expect(a).rejects.toThrow('A fails');
    await b;
    // What A wrote and took back was never seen.
    expect(await reads).not.toContainEqual({ account: 'a' });
    const rows = await database.read((session) => session.all('SELECT account FROM sms_pro_account'));
    expect(rows).toEqual([{ account: 'b' }]);
  });

  it('units of work run first come, first served', async () => {
    const database = await opened();
    const order: number[] = [];
    await Promise.all(
      [1, 2, 3, 4].map((turn) =>
        database.transaction(async (unit) => {
          await unit.first('SELECT 1');
          order.push(turn);
        }),
      ),
    );
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('stores through to the disk: WAL, FULL, and locked for this process', async () => {
    const database = await opened();
    const pragma = (name: string) =>
      database.read(async (session) => Object.values((await session.first(`PRAGMA ${name}`)) ?? {})[0]);
    expect(await pragma('journal_mode')).toBe('wal');
    expect(await pragma('synchronous')).toBe(2);
    expect(await pragma('locking_mode')).toBe('exclusive');
  });

  it('a second process on the file gets an error and does not block', async () => {
    await opened();
    const child = spawn(process.execPath, ['-e', SECOND_PROCESS, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(child, 'close');
    expect(Buffer.concat(chunks).toString().trim()).toBe('SQLITE_BUSY');
    expect(
      openError(Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' }), {
        type: 'better-sqlite3',
        database: file,
      }).message,
    ).toMatch(/in use by another process/);
  });

  it('two instances on one file in one process are refused, and the file is free again after a close', async () => {
    const database = await opened();
    await expect(openDataSource({ type: 'better-sqlite3', database: file }, true)).rejects.toThrow(
      /Two SmsProModule instances have the database file/,
    );
    await database.close();
    open = null;
    await opened();
  });

  it('what is stored is there after a close and an open, and migrations run once', async () => {
    const first = await TestStore.open({}, file);
    await first.given({ a00000000001: ['996555000001'] });
    await first.close();
    const second = await TestStore.open({}, file);
    expect(await second.statuses()).toEqual(['996555000001 queued']);
    await second.close();
  });

  it('the entities and the migrations say the same', async () => {
    const database = await opened();
    const dataSource: unknown = Reflect.get(database, 'dataSource');
    if (!(dataSource instanceof DataSource)) throw new Error('No DataSource.');
    const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
    expect(upQueries.map(({ query }) => query)).toEqual([]);
  });

  it('migrations can be taken back', async () => {
    const dataSource = await openDataSource({ type: 'better-sqlite3', database: file }, true);
    for (let left = SMS_PRO_MIGRATIONS.length; left > 0; left -= 1) await dataSource.undoLastMigration();
    const tables = await dataSource.query(
      "SELECT name FROM sqlite_master WHERE name LIKE 'sms_pro_%' AND name <> 'sms_pro_migration'",
    );
    expect(tables).toEqual([]);
    await dataSource.destroy();
  });

  it('missing tables with migrate: false are an error that names the remedy', async () => {
    await expect(openDataSource({ type: 'better-sqlite3', database: file }, false)).rejects.toThrow(
      /set migrate: true/,
    );
  });

  it('a file that is no database, and a folder that cannot be, name the file and the remedy', async () => {
    await mkdir(join(folder, 'nested'));
    await writeFile(file, 'this is not a database, and long enough to be read as one'.repeat(20));
    await expect(openDataSource({ type: 'better-sqlite3', database: file }, true)).rejects.toThrow(
      /is not a SQLite database/,
    );
    const inFile = join(file, 'deeper', 'sms.sqlite');
    await expect(openDataSource({ type: 'better-sqlite3', database: inFile }, true)).rejects.toThrow(
      /cannot be written/,
    );
  });

  it('a read-only file names the remedy', async () => {
    await (await opened()).close();
    open = null;
    await chmod(file, 0o444);
    const error = openError(
      Object.assign(new Error('attempt to write a readonly database'), { code: 'SQLITE_READONLY' }),
      { type: 'better-sqlite3', database: file },
    );
    expect(error).toBeInstanceOf(SmsProConfigError);
    expect(error.message).toMatch(/cannot be written/);
  });

  it('a missing driver and a driver without its binary are two sentences, each with its command', () => {
    const missing = Object.assign(new Error('x'), { name: 'DriverPackageNotInstalledError' });
    expect(openError(missing, { type: 'better-sqlite3', database: file }).message).toMatch(
      /npm install better-sqlite3@12/,
    );
    expect(
      openError(new Error('Could not locate the bindings file.'), { type: 'better-sqlite3', database: file }).message,
    ).toMatch(/npm rebuild better-sqlite3/);
  });

  it('a database of another kind is refused by name', () => {
    expect(() => dialectOf('mssql')).toThrow(/"mssql" is not supported/);
  });

  it('large writes go in chunks, in one transaction', async () => {
    const store = await TestStore.open({}, file);
    const phones = Array.from({ length: 50 }, (_, at) => `9965550${String(at).padStart(5, '0')}`);
    const packets = Object.fromEntries(
      Array.from({ length: 40 }, (_, at) => [`a${String(at).padStart(11, '0')}`, phones]),
    );
    await store.given(packets);
    expect(await store.rows('SELECT COUNT(*) AS amount FROM sms_pro_recipient')).toEqual([{ amount: 2_000 }]);
    await store.close();
  });
});
