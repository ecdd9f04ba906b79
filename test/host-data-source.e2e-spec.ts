import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { SMS_PRO_MIGRATIONS, SmsProInputError, SmsProModule, SmsProService } from 'nestjs-sms-pro';
import { startSimulator, type Simulator } from 'sms-pro-simulator';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { bootApp, quickOptions, scratchFolder } from './support/booted-app.js';
import { LONG_MS } from './support/eventually.js';
import { testDatabases, type ScratchDatabase } from './support/test-databases.js';

const SERVERS = (await testDatabases()).filter(({ name }) => name !== 'sqlite');
const PHONE = '996555123456';

/** A migration of the host's own, which nobody but the host may run. */
class HostTable1600000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE host_order (id varchar(36) PRIMARY KEY)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE host_order');
  }
}

if (SERVERS.length === 0) {
  it('needs PostgreSQL or MariaDB, and neither is there: nothing was tried', () => {
    expect(SERVERS).toEqual([]);
  });
}

describe.each(SERVERS)('in the application’s own DataSource, on $name', (database) => {
  let scratch: ScratchDatabase;
  let simulator: Simulator;
  let app: INestApplication | null = null;
  let sms: SmsProService;
  let dataSource: DataSource;
  /** Also those of a start that failed: Nest closes nothing of an application that it could not create. */
  const opened: DataSource[] = [];

  beforeEach(async () => {
    scratch = await database.create();
    simulator = await startSimulator({ lives: { sentAfterMs: 0, deliveredAfterMs: 0 } });
  });

  afterEach(async () => {
    await app?.close();
    app = null;
    await Promise.all(opened.splice(0).map(async (one) => one.isInitialized && one.destroy()));
    await simulator.stop();
    await scratch.drop();
  });

  const boot = async (host: object = {}) => {
    const { database: _own, ...quick } = quickOptions(simulator.url, '');
    const booted = await bootApp({
      modules: [
        TypeOrmModule.forRootAsync({
          useFactory: () => ({ ...scratch.options, ...host, retryAttempts: 0 }),
          dataSourceFactory: async (options) => {
            if (options === undefined) throw new Error('No options.');
            const one = await new DataSource(options).initialize();
            opened.push(one);
            return one;
          },
        }),
        SmsProModule.forRoot({ ...quick, dataSource: 'default' }),
      ],
    });
    app = booted.app;
    sms = app.get(SmsProService);
    dataSource = app.get(DataSource);
  };

  it('a message is sent after the caller’s commit, and not before', async () => {
    await boot();
    const { messageId } = await dataSource.transaction(async (manager) => {
      const receipt = await sms.send({ to: PHONE, text: 'Your order' }, { manager });
      // Long enough for a loop that would look at rows before their commit.
      await expect(sms.waitFor(receipt.messageId, 'accepted', { timeoutMs: 1_500 })).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
      expect(simulator.ledger()).toEqual([]);
      return receipt;
    });
    const status = await sms.waitFor(messageId, 'final', { timeoutMs: LONG_MS });
    expect(status.counts.delivered).toBe(1);
    expect(simulator.ledger()).toHaveLength(1);
  });

  it('a message is rolled back with the caller, also to a savepoint', async () => {
    await boot();
    const failing = dataSource.transaction(async (manager) => {
      await sms.send({ to: PHONE, text: 'Never' }, { manager });
      throw new Error('the order failed');
    });
    await expect(failing).rejects.toThrow('the order failed');
    const kept = await dataSource.transaction(async (manager) => {
      const receipt = await sms.send({ to: PHONE, text: 'Kept' }, { manager });
      await manager
        .transaction(async (inner) => {
          await sms.send({ to: PHONE, text: 'Taken back' }, { manager: inner });
          throw new Error('the savepoint is rolled back');
        })
        .catch(() => null);
      return receipt;
    });
    await sms.waitFor(kept.messageId, 'final', { timeoutMs: LONG_MS });
    expect(simulator.ledger().map(({ text }) => text)).toEqual(['Kept']);
    expect(await dataSource.query('SELECT COUNT(*) AS amount FROM sms_pro_message')).toEqual([{ amount: '1' }]);
  });

  it('the commit wakes the dispatch at once', async () => {
    await boot();
    // The loop alone looks once a second, which each of them would wait for. On a busy machine some take as long.
    let quickest = Number.POSITIVE_INFINITY;
    for (let turn = 0; turn < 30 && quickest >= 900; turn += 1) {
      const { messageId } = await dataSource.transaction((manager) =>
        sms.send({ to: PHONE, text: `Code ${turn}` }, { manager }),
      );
      const at = performance.now();
      await sms.waitFor(messageId, 'accepted', { timeoutMs: LONG_MS });
      quickest = Math.min(quickest, performance.now() - at);
    }
    expect(quickest).toBeLessThan(900);
  });

  it('two sends with one key make one message, also in transactions that run at once', async () => {
    await boot();
    const request = { to: PHONE, text: 'Once', idempotencyKey: 'order-1' };
    const inTransaction = () =>
      dataSource.transaction(async (manager) => {
        // A read first: on MariaDB it fixes what a repeatable read sees.
        await manager.query('SELECT COUNT(*) AS amount FROM sms_pro_message');
        const receipt = await sms.send(request, { manager });
        // The caller's transaction is alive after a key that was taken.
        await manager.query('SELECT 1 AS one');
        return receipt;
      });
    const receipts = await Promise.all([inTransaction(), inTransaction(), sms.send(request), inTransaction()]);
    expect(new Set(receipts.map(({ messageId }) => messageId)).size).toBe(1);
    expect(new Set(receipts.map(({ packetIds }) => packetIds.join())).size).toBe(1);
    expect(receipts.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
    await sms.waitFor(receipts[0]?.messageId ?? '', 'final', { timeoutMs: LONG_MS });
    expect(simulator.ledger()).toHaveLength(1);
  });

  it('a manager in no transaction, or of another DataSource, is refused with the remedy', async () => {
    await boot();
    const send = async (manager: DataSource['manager']) => sms.send({ to: PHONE, text: 'x' }, { manager });
    await expect(send(dataSource.manager)).rejects.toThrow(/is in no transaction/);
    const other = await new DataSource(scratch.options).initialize();
    try {
      await expect(other.transaction(send)).rejects.toThrow(SmsProInputError);
    } finally {
      await other.destroy();
    }
    expect(simulator.requests()).toEqual([]);
  });

  it('the module migrates its own tables, and leaves the host’s pending migrations alone', async () => {
    await boot({ migrations: [HostTable1600000000000] });
    const pending = await dataSource.showMigrations();
    expect(pending).toBe(true);
    await expect(dataSource.query('SELECT * FROM host_order')).rejects.toThrow(/host_order/);
    expect(await dataSource.query('SELECT * FROM sms_pro_packet')).toEqual([]);
  });

  it('a host that runs SMS_PRO_MIGRATIONS itself gets an error while they are pending', async () => {
    const migrations = [HostTable1600000000000, ...SMS_PRO_MIGRATIONS];
    await expect(boot({ migrations })).rejects.toThrow(/some are pending: run them before/);
    await boot({ migrations, migrationsRun: true });
    const { messageId } = await sms.send({ to: PHONE, text: 'Hello' });
    await sms.waitFor(messageId, 'final', { timeoutMs: LONG_MS });
  });

  it('a DataSource that is not there is named', async () => {
    await expect(
      bootApp({ modules: [SmsProModule.forRoot({ login: 'demo', password: 'demo', dataSource: 'orders' })] }),
    ).rejects.toThrow(/There is no DataSource "orders"/);
  });

  it('ten instances that start at once migrate once', async () => {
    const starts = Array.from({ length: 10 }, (_, at) =>
      bootApp({
        modules: [
          SmsProModule.forRoot({ ...quickOptions(simulator.url, ''), name: `a${at}`, database: scratch.options }),
        ],
      }),
    );
    const booted = await Promise.all(starts);
    const { messageId } = await (booted[0] as (typeof booted)[number]).app
      .get<SmsProService>('sms-pro:a0:SmsProService')
      .send({ to: PHONE, text: 'Hello' });
    expect(messageId).toHaveLength(36);
    await Promise.all(booted.map(({ app: one }) => one.close()));
  });
});

describe('an application whose DataSource is SQLite', () => {
  it('gets an error that says to give the module its own file', async () => {
    const folder = await scratchFolder();
    const start = bootApp({
      modules: [
        TypeOrmModule.forRoot({ type: 'better-sqlite3', database: folder.file('host.sqlite'), retryAttempts: 0 }),
        SmsProModule.forRoot({ login: 'demo', password: 'demo', dataSource: 'default' }),
      ],
    });
    await expect(start).rejects.toThrow(/cannot use a SQLite DataSource/);
    await folder.remove();
  });

  it('cannot pass its manager', async () => {
    const folder = await scratchFolder();
    const host = await new DataSource({ type: 'better-sqlite3', database: folder.file('host.sqlite') }).initialize();
    const { app } = await bootApp({
      modules: [SmsProModule.forRoot(quickOptions('http://127.0.0.1:9', folder.file('sms.sqlite')))],
    });
    const send = host.transaction((manager) => app.get(SmsProService).send({ to: PHONE, text: 'x' }, { manager }));
    await expect(send).rejects.toThrow(/set "dataSource" beside the options/);
    await app.close();
    await host.destroy();
    await folder.remove();
  });
});
