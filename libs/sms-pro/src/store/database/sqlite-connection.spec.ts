import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { openDataSource } from '../schema/open-data-source.js';
import { FailingCommits } from './failing-commit.fixture.js';
import { openConnection } from './open-connection.js';
import { SmsProDatabase } from './sms-pro.database.js';
import { SqliteConnection } from './sqlite-connection.js';
import { SmsProStoreError } from './store-error.js';

describe('SQLite after a COMMIT that failed', () => {
  let dataSource: DataSource;
  let database: SmsProDatabase;
  let disk: FailingCommits;

  beforeEach(async () => {
    dataSource = await openDataSource({ type: 'better-sqlite3', database: ':memory:' }, true);
    database = new SmsProDatabase(dataSource, 'default');
    disk = await FailingCommits.on(dataSource);
  });

  afterEach(async () => {
    await database.close();
  });

  const add = (subscriber: string) =>
    database.transaction((unit) =>
      unit.insertNew('sms_pro_subscriber', { account: 'default', subscriber, event_name: 'x', seen_at: 1 }),
    );
  const stored = async () => {
    const rows = await database.read((session) =>
      session.all('SELECT subscriber FROM sms_pro_subscriber ORDER BY subscriber'),
    );
    return rows.map(({ subscriber }) => subscriber);
  };

  it('transactions follow SQLite’s own state, not TypeORM’s', async () => {
    expect(await openConnection(dataSource.createQueryRunner())).toBeInstanceOf(SqliteConnection);
  });

  it('that SQLite rolled back by itself, the next transaction is committed whole', async () => {
    // SQLite rolls back by itself, and a ROLLBACK behind it would fail.
    disk.failNext('SQLITE_FULL', true);
    await expect(add('lost')).rejects.toMatchObject({ driverCode: 'SQLITE_FULL', retryable: true });
    await add('kept');
    expect(disk.handle.inTransaction).toBe(false);
    expect(await stored()).toEqual(['kept']);
  });

  it('that left the transaction open, nothing of it is committed later', async () => {
    disk.failNext('SQLITE_BUSY', false);
    await expect(add('lost')).rejects.toThrow(SmsProStoreError);
    expect(disk.handle.inTransaction).toBe(false);
    await add('kept');
    expect(await stored()).toEqual(['kept']);
  });

  it('a transaction that somebody left open is ended before the next one', async () => {
    disk.handle.exec('BEGIN');
    disk.handle.exec("INSERT INTO sms_pro_subscriber VALUES ('default', 'stray', 'x', 1)");
    await add('kept');
    expect(disk.handle.inTransaction).toBe(false);
    expect(await stored()).toEqual(['kept']);
  });

  it('tells whether it is known that nothing was stored', async () => {
    disk.failNext('SQLITE_IOERR_FSYNC', false);
    await expect(add('lost')).rejects.toMatchObject({ isUnknown: true, retryable: false });
    disk.failNext('SQLITE_FULL', true);
    await expect(add('lost')).rejects.toMatchObject({ isUnknown: false, retryable: true });
  });
});
