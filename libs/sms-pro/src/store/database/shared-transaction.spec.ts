import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { openDataSource } from '../schema/open-data-source.js';
import { FailingCommits } from './failing-commit.fixture.js';
import { SmsProDatabase } from './sms-pro.database.js';
import { SmsProStoreError } from './store-error.js';
import type { UnitOfWork } from './unit-of-work.js';

const INSERT = 'INSERT INTO sms_pro_account (account, low_recorded) VALUES (?, 0)';

describe('units of work on one connection', () => {
  let dataSource: DataSource;
  let database: SmsProDatabase;
  let statements: string[];
  let announced: number;
  /** Time stands still but where a test moves it: on a busy machine each unit would take so long that few share a COMMIT. */
  let elapsedMs: number;

  beforeEach(async () => {
    dataSource = await openDataSource({ type: 'better-sqlite3', database: ':memory:' }, true);
    database = new SmsProDatabase(dataSource, 'default');
    statements = [];
    announced = 0;
    elapsedMs = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => elapsedMs);
    database.onEventsCommitted(() => {
      announced += 1;
    });
    dataSource.subscribers.push({ beforeQuery: ({ query }) => void statements.push(query) });
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await database.close();
  });

  const insert = (account: string) => async (unit: UnitOfWork) => {
    await unit.run(INSERT, [account]);
    return account;
  };
  const accounts = async () =>
    database.read(async (session) => {
      const rows = await session.all('SELECT account FROM sms_pro_account ORDER BY account');
      return rows.map((row) => row['account']);
    });
  const count = (statement: string) => statements.filter((one) => one.startsWith(statement)).length;

  it('those that come at once share one COMMIT, and each gets what it returned', async () => {
    const returned = await Promise.all(['a', 'b', 'c'].map((account) => database.transaction(insert(account))));
    expect(returned).toEqual(['a', 'b', 'c']);
    expect(await accounts()).toEqual(['a', 'b', 'c']);
    expect(count('COMMIT')).toBe(1);
  });

  it('one that fails is rolled back by itself, the others are stored', async () => {
    const failing = async (unit: UnitOfWork) => {
      await insert('bad')(unit);
      throw new Error('this one fails');
    };
    const settled = await Promise.allSettled([
      database.transaction(insert('a')),
      database.transaction(failing),
      database.transaction(insert('b')),
    ]);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(settled[1]).toMatchObject({ reason: { message: 'this one fails' } });
    expect(await accounts()).toEqual(['a', 'b']);
  });

  it('a COMMIT of unknown outcome fails for all of them, and nothing is done a second time', async () => {
    const disk = await FailingCommits.on(dataSource);
    disk.failNext('SQLITE_IOERR_FSYNC', true);
    const settled = await Promise.allSettled(['a', 'b'].map((account) => database.transaction(insert(account))));
    for (const one of settled) expect(one).toMatchObject({ status: 'rejected', reason: expect.any(SmsProStoreError) });
    expect(disk.commits).toBe(1);
    expect(await accounts()).toEqual([]);
  });

  it('a COMMIT that certainly stored nothing is tried for each of them alone', async () => {
    const disk = await FailingCommits.on(dataSource);
    disk.failNext('SQLITE_FULL', true);
    await Promise.all(['a', 'b'].map((account) => database.transaction(insert(account))));
    expect(disk.commits).toBe(3);
    expect(await accounts()).toEqual(['a', 'b']);
  });

  it('none waits for ever: more than share one COMMIT go in the next', async () => {
    const names = Array.from({ length: 200 }, (_, at) => `account-${String(at).padStart(3, '0')}`);
    await Promise.all(names.map((account) => database.transaction(insert(account))));
    expect(await accounts()).toEqual(names);
    expect(count('COMMIT')).toBeGreaterThan(1);
    expect(count('COMMIT')).toBeLessThan(20);
  });

  it('what there is no time for goes into the next transaction, in the order in which it came', async () => {
    const order: string[] = [];
    const slow = (account: string) => async (unit: UnitOfWork) => {
      order.push(account);
      elapsedMs += 15;
      return insert(account)(unit);
    };
    const names = ['a', 'b', 'c', 'd'];
    expect(await Promise.all(names.map((account) => database.transaction(slow(account))))).toEqual(names);
    expect(order).toEqual(names);
    expect(count('COMMIT')).toBe(4);
  });

  it('events of all units are written in the order in which they were recorded, and announced once', async () => {
    await Promise.all(
      ['first', 'second'].map((phone) =>
        database.transaction(async (unit) => {
          unit.recordEvent({ name: 'recipient.sent', occurredAt: 1, phone, orderKey: phone, detail: {} });
        }),
      ),
    );
    const rows = await database.read((session) => session.all('SELECT phone FROM sms_pro_event ORDER BY event_seq'));
    expect(rows.map((row) => row['phone'])).toEqual(['first', 'second']);
    expect(announced).toBe(1);
  });
});
