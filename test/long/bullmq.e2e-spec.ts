import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { BullMqSchedulerOptions } from 'nestjs-sms-pro/bullmq';
import { sendMany, TestFleet } from '../support/bullmq-fleet.js';
import { forgetKeys, onRedis, testRedis } from '../support/redis.js';
import { eventually, LONG_MS } from '../support/eventually.js';
import { testDatabases } from '../support/test-databases.js';

/** An answer that takes a while, so that requests overlap. */
const SLOW = { call: 'message', action: 'latency', ms: 20, maxMs: 60 } as const;

const REDIS_URL = await testRedis();
const DATABASE = (await testDatabases()).find(({ name }) => name !== 'sqlite');

const withRedis = REDIS_URL !== null && DATABASE !== undefined ? describe : describe.skip;

let fleet: TestFleet;

async function openFleet(): Promise<void> {
  if (DATABASE === undefined) throw new Error('No database that several processes can share.');
  fleet = await TestFleet.open(DATABASE, { faults: [SLOW] });
}

function expectNobodyTwice(): void {
  expect(fleet.simulator.doubles()).toEqual([]);
}

withRedis('a fleet on Redis', () => {
  const url = REDIS_URL ?? '';
  let queuePrefix: string;
  let scheduler: BullMqSchedulerOptions;

  beforeEach(async () => {
    await openFleet();
    queuePrefix = `{sms-pro-test-${randomUUID()}}`;
    scheduler = { connection: { url }, queuePrefix, maxInFlight: 3 };
  });

  afterEach(async () => {
    await fleet.close();
    await forgetKeys(url, queuePrefix);
  });

  it('sends what an API process stored, from a worker process without HTTP', async () => {
    const api = await fleet.api({ scheduler });
    await fleet.worker({ scheduler });
    const { messageId } = await api.send({ to: '0555123456', text: 'Hello' });
    const status = await api.waitFor(messageId, 'final', { timeoutMs: LONG_MS });
    expect(status.counts.delivered).toBe(1);
  });

  it('wakes a worker at once, and does not leave it to the look of each second', async () => {
    await fleet.worker({ scheduler });
    const api = await fleet.api({ scheduler });
    const keys = `${queuePrefix}:sms-pro.default`;
    const atRest = () => onRedis(url, (redis) => redis.llen(`${keys}:active`));
    await sendMany(api, 1);
    await fleet.untilSent(1);
    // Somebody else has the turn to look what is due, and never does.
    await onRedis(url, (redis) => redis.set(`${keys}:sweep`, 'somebody', 'PX', 600_000));
    for (let turn = 0; turn < 3; turn += 1) {
      // A slot that is still at work would see the next message by itself.
      await eventually(atRest, (active) => active === 0);
      const { messageId } = await api.send({ to: '0700000001', text: `Code ${turn}`, priority: 'high' });
      const status = await api.waitFor(messageId, 'accepted', { timeoutMs: LONG_MS });
      expect(status.counts.queued).toBe(0);
    }
  });

  it('lets a one-time code overtake a campaign, however many jobs wait', async () => {
    const one = { ...scheduler, maxInFlight: 1 };
    const api = await fleet.api({ scheduler: one });
    await fleet.worker({ scheduler: one });
    await sendMany(api, 40, 'low');
    await fleet.untilSent(5);
    const { messageId } = await api.send({ to: '0700000001', text: 'Code 4711', priority: 'high' });
    // From here on it is stored: how many were posted before depends on the machine.
    const before = fleet.phonesPosted().length;
    await api.waitFor(messageId, 'accepted', { timeoutMs: LONG_MS });
    const overtaken = fleet.phonesPosted().indexOf('996700000001') - before;
    // What was claimed while it was stored, and one turn in ten of the lower lanes.
    expect(overtaken).toBeLessThanOrEqual(4);
    await fleet.untilSent(41);
  });

  it('never has more requests in flight than the ceiling, over all its processes', async () => {
    const api = await fleet.api({ scheduler });
    // Two at a time from each: the ceiling is only reached by both together.
    for (let count = 0; count < 2; count += 1) await fleet.worker({ scheduler, dispatch: { concurrency: 2 } });
    // A process begins with one at a time, and takes the second after a good answer.
    await sendMany(api, 20);
    await fleet.untilSent(20);
    fleet.gate.close();
    await sendMany(api, 60);
    await fleet.untilInFlight(3);
    fleet.gate.open();
    await fleet.untilSent(80);
    expect(fleet.gate.mostInFlight).toBe(3);
    expectNobodyTwice();
  });

  it('has slots of its own for each account', async () => {
    const one = { ...scheduler, maxInFlight: 1 };
    const shop = await fleet.worker({ scheduler: one });
    const bank = await fleet.worker({ scheduler: one, name: 'bank' });
    fleet.gate.close();
    await sendMany(shop, 20);
    await sendMany(bank, 20);
    await fleet.untilInFlight(2);
    fleet.gate.open();
    await fleet.untilSent(40);
    expect(fleet.gate.mostInFlight).toBe(2);
  });

  it('sends what is due later at its time, and not before', async () => {
    const api = await fleet.api({ scheduler });
    await fleet.worker({ scheduler });
    const dueAt = Date.now() + 3_000;
    const { messageId } = await api.send({ to: '0555123456', text: 'Later', sendAt: new Date(dueAt) });
    await api.waitFor(messageId, 'accepted', { timeoutMs: LONG_MS });
    const post = fleet.simulator.requests().find(({ call }) => call === 'message');
    expect((post?.at ?? 0) - dueAt).toBeGreaterThanOrEqual(-50);
  });
});
