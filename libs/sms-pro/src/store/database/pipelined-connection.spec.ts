import { EventEmitter, once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DataSourceOptions } from 'typeorm';
import { testDatabases, type ScratchDatabase } from '../../../../../test/support/test-databases.js';
import { openDataSource } from '../schema/open-data-source.js';
import { POSTGRES } from '../dialects/postgres.dialect.js';
import { SQLITE } from '../dialects/sqlite.dialect.js';
import { openConnection } from './open-connection.js';
import { SmsProDatabase } from './sms-pro.database.js';
import type { UnitOfWork } from './unit-of-work.js';

const KINDS = (await testDatabases()).filter(({ name }) => name === 'postgres');

/** A table whose rows are written with the COMMIT. */
const SUBSCRIBERS = {
  name: 'sms_pro_subscriber',
  columns: ['account', 'subscriber', 'event_name', 'seen_at'],
} as const;

describe('the options of a database', () => {
  it('ask for pipelined connections on PostgreSQL alone, and leave the last word to the application', () => {
    const sqlite: DataSourceOptions = { type: 'better-sqlite3', database: ':memory:' };
    expect(SQLITE.ownOptions(sqlite)).not.toHaveProperty('extra');
    const { ownOptions } = POSTGRES;
    expect(ownOptions({ type: 'postgres', extra: { max: 3 } })).toMatchObject({ extra: { max: 3, pipeline: true } });
    expect(ownOptions({ type: 'postgres', extra: { pipeline: false } })).toMatchObject({
      extra: { pipeline: false },
    });
  });
});

for (const kind of KINDS) {
  describe('statements sent ahead, on PostgreSQL', () => {
    let scratch: ScratchDatabase;
    let database: SmsProDatabase;
    let pool: EventEmitter;

    const open = async (options: DataSourceOptions) => {
      const dataSource = await openDataSource(options, true);
      const runner = dataSource.createQueryRunner();
      const { pipelines } = await openConnection(runner);
      await runner.release();
      return { dataSource, pipelines };
    };

    beforeEach(async () => {
      scratch = await kind.create();
      const { dataSource } = await open(scratch.options);
      database = new SmsProDatabase(dataSource, 'default');
      pool = Reflect.get(dataSource.driver, 'master') as EventEmitter;
    });

    afterEach(async () => {
      await database.close();
      await scratch.drop();
    });

    const addSubscriber = (unit: UnitOfWork, name: string) =>
      unit.append(SUBSCRIBERS, ['default', name, 'recipient.sent', 1]);

    const subscribers = async () => {
      const rows = await database.read((session) => session.all('SELECT subscriber FROM sms_pro_subscriber'));
      return rows.map(({ subscriber }) => subscriber);
    };

    it('are sent so on connections of the module, unless its options say otherwise', async () => {
      const { dataSource, pipelines } = await open(scratch.options);
      expect(pipelines).toBe(true);
      await dataSource.destroy();
      const other = await open({ ...scratch.options, extra: { pipeline: false } } as DataSourceOptions);
      expect(other.pipelines).toBe(false);
      await other.dataSource.destroy();
    });

    it('are done and answered in their order', async () => {
      const counts = await database.transaction((unit) =>
        unit.together([
          () => unit.all('SELECT COUNT(*) AS amount FROM sms_pro_account'),
          () => unit.insertNew('sms_pro_account', { account: 'a', low_recorded: 0 }),
          () => unit.all('SELECT COUNT(*) AS amount FROM sms_pro_account'),
        ]),
      );
      expect(counts).toEqual([[{ amount: '0' }], true, [{ amount: '1' }]]);
    });

    it('what goes with the COMMIT is stored, and seen by nobody before', async () => {
      await database.transaction(async (unit) => {
        addSubscriber(unit, 'A.on');
        await unit.atEnd(() => unit.run("UPDATE sms_pro_subscriber SET seen_at = 2 WHERE subscriber = 'A.on'"));
        expect(await subscribers()).toEqual([]);
      });
      const rows = await database.read((session) => session.all('SELECT seen_at FROM sms_pro_subscriber'));
      expect(rows).toEqual([{ seen_at: '2' }]);
    });

    it('one that is refused while the COMMIT is on its way takes everything with it', async () => {
      const failing = database.transaction(async (unit) => {
        addSubscriber(unit, 'A.on');
        await unit.atEnd(() => unit.run('UPDATE sms_pro_subscriber SET no_such_column = 1'));
      });
      // The server said no: it is certain that nothing was stored.
      await expect(failing).rejects.toMatchObject({ code: 'STORE', driverCode: '42703', retryable: true });
      expect(await subscribers()).toEqual([]);
      await database.transaction(async (unit) => addSubscriber(unit, 'B.on'));
      expect(await subscribers()).toEqual(['B.on']);
    });

    it('one that never reached the server leaves it open what of the others was stored', async () => {
      const failing = database.transaction(async (unit) => {
        addSubscriber(unit, 'A.on');
        await unit.atEnd(async () => {
          throw new Error('It could not be sent.');
        });
      });
      await expect(failing).rejects.toMatchObject({ statement: 'COMMIT', retryable: false });
    });

    it('a server that ends the connection before the COMMIT has stored nothing, and says so', async () => {
      const failing = database.transaction(async (unit) => {
        addSubscriber(unit, 'A.on');
        await unit.atEnd(() => unit.run('SELECT pg_terminate_backend(pg_backend_pid())'));
      });
      await expect(failing).rejects.toMatchObject({ driverCode: '57P01', retryable: true });
      expect(await subscribers()).toEqual([]);
    });

    it('a connection that breaks while the COMMIT is on its way leaves it open whether it was stored', async () => {
      const acquired = once(pool, 'acquire');
      const failing = database.transaction(async (unit) => {
        const [client] = (await acquired) as [unknown];
        const stream = socketOf(client);
        addSubscriber(unit, 'A.on');
        await unit.atEnd(async () => {
          const slow = unit.run('SELECT pg_sleep(0.2)');
          setImmediate(() => stream.destroy());
          await slow;
        });
      });
      // Nothing is done a second time on that ground: a send() could be stored twice.
      await expect(failing).rejects.toMatchObject({ statement: 'COMMIT', retryable: false });
    });
  });
}

function socketOf(client: unknown): Socket {
  const connection: unknown = Reflect.get(Object(client), 'connection');
  return Reflect.get(Object(connection), 'stream') as Socket;
}
