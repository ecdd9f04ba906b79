import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testDatabases } from '../../../../../test/support/test-databases.js';
import { SmsProStoreError } from './store-error.js';
import { TestStore } from '../store.fixture.js';

const PHONE = '996555123456';
const TEXT = 'Your code is 4711';

describe.each(await testDatabases())('a failing database, on $name', (database) => {
  let store: TestStore;

  beforeEach(async () => {
    store = await TestStore.scratch(database);
  });

  afterEach(async () => {
    await store.close();
  });

  it('gives an error that holds neither text nor phone', async () => {
    await store.given({ a00000000001: [PHONE] }, { text: TEXT });
    // The same ids again: a violation whose driver message quotes the row.
    const error = await store.given({ a00000000001: [PHONE] }, { text: TEXT }).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(SmsProStoreError);
    const seen = `${inspect(error, { depth: 10 })} ${JSON.stringify(error)} ${String(error)}`;
    expect(seen).not.toContain(PHONE);
    expect(seen).not.toContain('4711');
    expect(seen).toContain('INSERT INTO sms_pro_message');
  });

  it('a connection that the server cuts has somebody who hears of it, also when TypeORM no longer listens', async () => {
    const runner = store.dataSource.createQueryRunner();
    const client: unknown = await runner.connect();
    const others = Reflect.get(Object(client), 'listenerCount') as ((name: string) => number) | undefined;
    const listeners = others?.call(client, 'error') ?? 0;
    await runner.release();
    // TypeORM's own listener, and the one that stays.
    expect(listeners).toBeGreaterThanOrEqual(database.name === 'postgres' ? 2 : 0);
  });

  it('a statement that fails takes its whole transaction with it', async () => {
    const failing = store.database.transaction(async (unit) => {
      await unit.insertNew('sms_pro_account', { account: 'a', low_recorded: 0 });
      await unit.run('UPDATE sms_pro_account SET no_such_column = 1');
    });
    await expect(failing).rejects.toMatchObject({ code: 'STORE', retryable: true });
    expect(await store.rows('SELECT * FROM sms_pro_account')).toEqual([]);
  });
});
