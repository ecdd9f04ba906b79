import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { BullMqSchedulerOptions } from 'nestjs-sms-pro/bullmq';
import { sendMany, TestFleet } from '../support/bullmq-fleet.js';
import { eventually, LONG_MS } from '../support/eventually.js';
import { hasRedisServer, OwnRedis } from '../support/redis.js';
import { testDatabases } from '../support/test-databases.js';

/** An answer that takes a while, so that requests overlap. */
const SLOW = { call: 'message', action: 'latency', ms: 20, maxMs: 60 } as const;

/** In this time a fleet that is wrong would have begun what it must not; one that is right does nothing in it. */
const TIME_TO_GO_WRONG_MS = 3_000;

const OWN_REDIS = await hasRedisServer();
const DATABASE = (await testDatabases()).find(({ name }) => name !== 'sqlite');

const withOwnRedis = OWN_REDIS && DATABASE !== undefined ? describe : describe.skip;

let fleet: TestFleet;

async function openFleet(): Promise<void> {
  if (DATABASE === undefined) throw new Error('No database that several processes can share.');
  fleet = await TestFleet.open(DATABASE, { faults: [SLOW] });
}

function expectNobodyTwice(): void {
  expect(fleet.simulator.doubles()).toEqual([]);
}

withOwnRedis('when Redis goes wrong', () => {
  let redis: OwnRedis;
  let scheduler: BullMqSchedulerOptions;

  beforeEach(async () => {
    await openFleet();
    redis = await OwnRedis.reserve();
    scheduler = { connection: redis.connection, maxInFlight: 3, whenRedisIsDown: 'wait' };
  });

  afterEach(async () => {
    await fleet.close();
    await redis.remove();
  });

  it('that is emptied again and again, nothing is lost, nothing sent twice, and the ceiling holds', async () => {
    await redis.start();
    const api = await fleet.api({ scheduler });
    for (let count = 0; count < 2; count += 1) await fleet.worker({ scheduler, dispatch: { concurrency: 4 } });
    fleet.gate.close();
    await sendMany(api, 100);
    await fleet.untilInFlight(3);
    fleet.gate.open();
    for (const sent of [15, 30, 45, 60, 75]) {
      await fleet.untilSent(sent);
      await redis.flushAll();
      await sendMany(api, 1);
    }
    await fleet.untilSent(105);
    expect(fleet.gate.mostInFlight).toBe(3);
    expectNobodyTwice();
  });

  it('that is emptied while requests are in flight, what is in flight fills its slots until it is answered', async () => {
    await redis.start();
    for (let count = 0; count < 2; count += 1) await fleet.worker({ scheduler, dispatch: { concurrency: 4 } });
    const api = await fleet.api({ scheduler });
    fleet.gate.close();
    await sendMany(api, 8);
    await fleet.untilInFlight(3);
    await redis.flushAll();
    await pause(TIME_TO_GO_WRONG_MS);
    fleet.gate.open();
    await fleet.untilSent(8);
    expect(fleet.gate.mostInFlight).toBe(3);
    expectNobodyTwice();
  });

  it('that is killed and started again, nothing is lost, nothing sent twice, and the ceiling holds', async () => {
    await redis.start();
    const api = await fleet.api({ scheduler });
    for (let count = 0; count < 2; count += 1) await fleet.worker({ scheduler, dispatch: { concurrency: 4 } });
    fleet.gate.close();
    await sendMany(api, 80);
    await fleet.untilInFlight(3);
    fleet.gate.open();
    for (const sent of [20, 40]) {
      await fleet.untilSent(sent);
      await redis.kill();
      await redis.start();
    }
    await fleet.untilSent(80);
    expect(fleet.gate.mostInFlight).toBe(3);
    expectNobodyTwice();
  });

  it('waits for a Redis that is away where it is told to, and only ends what is too late', async () => {
    await redis.start();
    const sms = await fleet.worker({ scheduler });
    const [first = ''] = await sendMany(sms, 1);
    await sms.waitFor(first, 'accepted', { timeoutMs: LONG_MS });
    await redis.kill();
    const kept = await sms.send({ to: '0700000001', text: 'Kept' });
    const late = await sms.send({ to: '0700000002', text: 'Late', validUntil: new Date(Date.now() + 3_000) });
    // The loop runs and sends neither of them.
    const ended = await sms.waitFor(late.messageId, 'final', { timeoutMs: LONG_MS });
    expect(ended.counts.expired).toBe(1);
    expect(fleet.phonesPosted()).toHaveLength(1);
    await redis.start();
    await sms.waitFor(kept.messageId, 'accepted', { timeoutMs: LONG_MS });
  });

  it('goes on by the database where it is told to, and by Redis again when that is back', async () => {
    const loop = { ...scheduler, whenRedisIsDown: 'database-loop' } as const;
    // Redis is not there at the start.
    const sms = await fleet.worker({ scheduler: loop, dispatch: { concurrency: 6 } });
    await sendMany(sms, 30);
    await fleet.untilSent(30);
    await redis.start();
    await eventually(
      () => redis.ask('HGET {sms-pro}:sms-pro.default:fleet open'),
      (answer) => answer.endsWith('1'),
    );
    await sendMany(sms, 30);
    await fleet.untilSent(60);
    await redis.kill();
    await sendMany(sms, 10);
    await fleet.untilSent(70);
    expect(fleet.simulator.ledger()).toHaveLength(70);
  });

  it('begins nothing beside what the database loop has in flight when Redis is back', async () => {
    await redis.start();
    const worker = (whenRedisIsDown: 'database-loop' | 'wait') =>
      fleet.worker({ scheduler: { ...scheduler, whenRedisIsDown }, dispatch: { concurrency: 6 } });
    // The third has all its slots free when Redis is back.
    const [sms] = [await worker('database-loop'), await worker('database-loop'), await worker('wait')];
    fleet.gate.close();
    redis.freeze();
    await sendMany(sms, 9);
    // A process begins with half of its concurrency.
    await fleet.untilInFlight(6);
    redis.thaw();
    await pause(TIME_TO_GO_WRONG_MS);
    fleet.gate.open();
    await fleet.untilSent(9);
    expect(fleet.gate.mostInFlight).toBe(6);
    expectNobodyTwice();
  });

  it('stores no slower while Redis is away', async () => {
    const api = await fleet.api({ scheduler });
    const took: number[] = [];
    for (let serial = 0; serial < 30; serial += 1) {
      const startedAt = performance.now();
      await api.send({ to: '0555123456', text: `Hello ${serial}` });
      took.push(performance.now() - startedAt);
    }
    // A Redis that was waited for would cost each of them a second, also the quickest.
    expect(Math.min(...took)).toBeLessThan(900);
    await redis.start();
    await fleet.worker({ scheduler });
    await fleet.untilSent(30);
  });
});
