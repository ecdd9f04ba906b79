import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Logger } from 'typeorm';
import { testDatabases, type TestDatabase } from '../../../../test/support/test-databases.js';
import { QueueStore } from './packets/queue.store.js';
import { RetentionStore } from './retention/retention.store.js';
import { newMessage, TestStore } from './store.fixture.js';

/** Packets in the table. A million by `SMS_PRO_PLAN_ROWS=1000000`; fewer show the same plans sooner. */
const ROWS = Number(process.env['SMS_PRO_PLAN_ROWS'] ?? 30_000);

/** Tables that grow with every message: no query of the way through may read one whole. */
const LARGE = /sms_pro_(packet|recipient|message|event|report|attempt)\b/;

const DATABASES = await testDatabases();

/** Numbers from 1 to ROWS, as each database makes them. */
const NUMBERS = {
  sqlite: `WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${ROWS})`,
  postgres: `WITH numbers AS (SELECT generate_series(1, ${ROWS}) AS n)`,
  mariadb: '',
} as const;

interface Asked {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

/** Hears every statement of the store. */
class Ear implements Logger {
  readonly heard: Asked[] = [];
  logQuery(sql: string, parameters: unknown[] = []): void {
    this.heard.push({ sql, parameters: [...parameters] });
  }
  logQueryError(): void {}
  logQuerySlow(): void {}
  logSchemaBuild(): void {}
  logMigration(): void {}
  log(): void {}
}

/** On connections that do not pipeline every statement goes by way of TypeORM, whose logger hears it. */
function heardByTypeOrm({ name, create }: TestDatabase): TestDatabase {
  return {
    name,
    create: async () => {
      const { options, drop } = await create();
      return { options: options.type === 'postgres' ? { ...options, extra: { pipeline: false } } : options, drop };
    },
  };
}

describe.each(DATABASES)('no query scans a table of $name', (database) => {
  let store: TestStore;
  const { name } = database;
  const padded = (column: string, prefix: string) =>
    name === 'sqlite'
      ? `'${prefix}' || printf('%011d', ${column})`
      : `CONCAT('${prefix}', LPAD(${name === 'mariadb' ? column : `${column}::text`}, 11, '0'))`;

  const fill = async (table: string, columns: Readonly<Record<string, string>>) => {
    const into = `INSERT INTO ${table} (${Object.keys(columns).join(', ')})`;
    const select = `SELECT ${Object.values(columns).join(', ')} FROM ${name === 'mariadb' ? `(SELECT seq AS n FROM seq_1_to_${ROWS}) numbers` : 'numbers'}`;
    const sql = name === 'mariadb' ? `${into} ${select}` : `${NUMBERS[name]} ${into} ${select}`;
    await store.dataSource.query(name === 'sqlite' ? `${into} ${NUMBERS.sqlite} ${select}` : sql);
  };

  beforeAll(async () => {
    store = await TestStore.scratch(heardByTypeOrm(database));
    const now = store.clock.now();
    const phoneOf =
      name === 'mariadb'
        ? 'CONCAT(996500000000 + n)'
        : name === 'postgres'
          ? '(996500000000 + n)::text'
          : 'CAST(996500000000 + n AS text)';
    const part = (states: readonly string[]) =>
      `CASE ${states.map((state, at) => `WHEN n % 100 = ${at} THEN '${state}'`).join(' ')} ELSE 'accepted' END`;
    await fill('sms_pro_packet', {
      packet_id: padded('n', 'a'),
      account: "'default'",
      message_id: padded('n', 'm'),
      campaign_id: "CASE WHEN n % 1000 = 0 THEN 'campaign-1' WHEN n % 3 = 0 THEN 'campaign-2' END",
      root_packet_id: padded('n', 'a'),
      sender: "'My-company'",
      priority: 'n % 3',
      test: '0',
      is_sensitive: '0',
      segments: '1',
      recipients: '1',
      open_recipients: '1',
      state: part(['queued', 'queued', 'sending', 'uncertain']),
      due_at: `${now} + (n % 1000) * 1000 - 500000`,
      deadline_at: `${now} + (n % 1000) * 1000 - 500`,
      lease_until: `${now} + (n % 1000) * 100 - 50`,
      lease_owner: "'somebody'",
      lease_token: '0',
      attempts: '1',
      open_tries: '0',
      probes: '0',
      refusals: '0',
      cancel_requested: '0',
      estimated: '0',
      created_at: String(now),
      accepted_at: String(now),
      next_poll_at: `CASE WHEN n % 50 = 9 THEN ${now} + (n % 1000) * 100 - 90000 END`,
      give_up_at: String(now + 1_000_000),
      polls: '0',
    });
    await fill('sms_pro_recipient', {
      root_packet_id: padded('n', 'a'),
      phone: phoneOf,
      packet_id: padded('n', 'a'),
      message_id: padded('n', 'm'),
      position: '0',
      updated_at: String(now),
    });
    await fill('sms_pro_message', {
      message_id: padded('n', 'm'),
      account: "'default'",
      sender: "'My-company'",
      text: "'Hello'",
      is_sensitive: '0',
      encoding: "'gsm7'",
      segments: '1',
      priority: '1',
      test: '0',
      recipients: '1',
      open_recipients: '1',
      created_at: String(now),
      completed_at: `CASE WHEN n % 100 = 50 THEN ${now - 1_000} END`,
    });
    await fill('sms_pro_delivery', {
      event_seq: `n + ${ROWS}`,
      subscriber: "'A.on'",
      account: "'default'",
      order_key: padded('n', 'k'),
      state: "'parked'",
      attempts: '10',
      due_at: String(now),
      updated_at: String(now),
    });
    await fill('sms_pro_attempt', {
      packet_id: padded('n', 'a'),
      account: "'default'",
      number: '1',
      kind: "'send'",
      owner: "'somebody'",
      started_at: String(now),
      ended_at: String(now),
      outcome: "'answer'",
    });
    await fill('sms_pro_report', {
      packet_id: padded('n', 'a'),
      phone: phoneOf,
      account: "'default'",
      source: "'push'",
      code: "'1'",
      send_time: "''",
      rcv_time: "''",
      received_at: String(now),
      applied: '1',
    });
    await fill('sms_pro_campaign', {
      campaign_id: padded('n', 'c'),
      account: "'default'",
      state: "'stored'",
      consumed: '1',
      messages: '1',
      recipients: '1',
      segments: '1',
      rejected: '0',
      created_at: String(now),
    });
    await fill('sms_pro_idempotency', {
      account: "'default'",
      idempotency_key: padded('n', 'k'),
      scope: "'message'",
      target_id: padded('n', 'm'),
      fingerprint: "''",
      created_at: String(now),
    });
    await fill('sms_pro_event', {
      event_id: padded('n', 'e'),
      account: "'default'",
      name: "'recipient.sent'",
      message_id: padded('n', 'm'),
      order_key: padded('n', 'k'),
      detail: "'{}'",
      occurred_at: String(now),
      state: "CASE WHEN n % 100 = 0 THEN 'pending' ELSE 'done' END",
    });
    await store.dataSource.query(
      name === 'mariadb'
        ? 'ANALYZE TABLE sms_pro_packet, sms_pro_recipient, sms_pro_message, sms_pro_report, sms_pro_event, sms_pro_attempt, sms_pro_delivery, sms_pro_idempotency, sms_pro_campaign'
        : 'ANALYZE',
    );
  }, 300_000);

  afterAll(async () => {
    await store.close();
  });

  /** What the plan of a statement reads whole, or nothing. */
  const scansOf = async ({ sql, parameters }: Asked): Promise<string[]> => {
    if (!LARGE.test(sql) || !/^\s*(SELECT|UPDATE|DELETE)/.test(sql)) return [];
    const explain = name === 'sqlite' ? 'EXPLAIN QUERY PLAN' : 'EXPLAIN';
    const rows: Record<string, unknown>[] = await store.dataSource.query(`${explain} ${sql}`, [...parameters]);
    if (name === 'mariadb') {
      // "index" reads a whole index, "ALL" a whole table; a handful of rows is no table.
      return rows
        .filter((row) => ['ALL', 'index'].includes(String(row['type'])) && Number(row['rows']) > 1_000)
        .map((row) => JSON.stringify(row));
    }
    const lines = rows.map((row) => String(row['detail'] ?? row['QUERY PLAN']));
    return lines.filter((line) => (name === 'sqlite' ? /^SCAN (?!numbers)/ : /Seq Scan on sms_pro_/).test(line));
  };

  const promise = (what: string, ask: () => Promise<unknown>) =>
    it(`${what}`, async () => {
      const ear = new Ear();
      const { logger } = store.dataSource;
      store.dataSource.logger = ear;
      await ask().finally(() => {
        store.dataSource.logger = logger;
      });
      expect(ear.heard.length).toBeGreaterThan(0);
      for (const asked of ear.heard) {
        expect({ sql: asked.sql, scans: await scansOf(asked) }).toEqual({ sql: asked.sql, scans: [] });
      }
    });

  const now = () => store.clock.now();
  promise('claim', () => store.claim(8));
  promise('claim of lower lanes', () =>
    store.claims.claimDue({
      owner: 'w',
      now: now(),
      leaseMs: 1,
      limit: 4,
      probes: 2,
      mayPost: true,
      pausedSenders: ['Other'],
      lowerLaneFirst: true,
    }),
  );
  promise('when the next is due', () => store.queue.nextDueAt(true));
  promise('sweep of leases', () => store.sweeps.sweepLeases(now(), 5_000, 20));
  promise('sweep of deadlines', () => store.sweeps.expireQueued(now(), 20));
  promise('poll', () => store.polls.claimStale({ owner: 'p', now: now(), leaseMs: 1 }, 20));
  promise('poll past the deadline', () => store.polls.claimOverdue({ owner: 'p', now: now(), leaseMs: 1 }, 20));
  promise('a refresh by hand', () => store.polls.lease('a00000000009', { owner: 'p', now: now(), leaseMs: 1 }));
  promise('a hint', () => store.polls.pollNow(['a00000000009', 'a00000000059'], now()));
  promise('a late hint', () => store.polls.pollSettled(['a00000000008', 'a00000000058'], ['996500000008'], now()));
  promise('giving up', () => store.polls.giveUp('a00000000009', now()));
  promise('status', () => store.messages.find('m00000000050'));
  promise('waiting for a message', () => store.messages.hasReached('m00000000050', 'accepted'));
  // The rows of this table are all leased; in truth few are.
  promise('what is leased', () => store.queue.leased(now() + 99_000));
  promise('how many are due', () => store.queue.countDue(now(), true, 20));
  promise('a report', () => store.report('a00000000050', { '996500000050': '3' }));
  promise('settle', async () => store.accept((await store.claim(1))[0] ?? (await store.claimOne())));
  promise('events', () => store.events.claimEvents('p', now(), 1, 20));
  promise('retention', () => new RetentionStore(store.database).deleteSome(now() - 500));
  promise('cancel', () => store.cancels.cancel('m00000000050', now()));
  promise('how a campaign stands', () => store.campaigns.counts('campaign-1'));
  promise('cancel of a campaign', async () => {
    await store.campaignCancels.cancelSome('campaign-1', now());
    await store.campaignCancels.countTooLate('campaign-1');
  });
  promise('a part of a campaign', async () => {
    await store.campaigns.begin('campaign-3', null, now());
    const message = { ...newMessage(now(), {}, { messageId: 'm-campaign' }), index: 0, phones: ['996555000001'] };
    await store.chunks.store(
      {
        campaignId: 'campaign-3',
        from: 0,
        to: 1,
        sourceDigest: '',
        messages: [{ ...message, idempotency: { key: 'campaign-key', fingerprint: 'f' } }],
        rejected: [],
        rejectedBefore: [],
        isLast: true,
        now: now(),
      },
      { isSame: () => true, conflict: [], stopAtConflict: false },
    );
  });
  promise('how sending stands', () => new QueueStore(store.database).counts());
  promise('a send', () =>
    store.given({ z00000000001: ['996555000001'] }, { idempotency: { key: 'k', fingerprint: 'f' } }),
  );
});
