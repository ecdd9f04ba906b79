import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testDatabases } from '../../../../../test/support/test-databases.js';
import { attempt, LEASE_MS, TestStore } from '../store.fixture.js';
import { SENDER_REFUSED } from './settlement.fixture.js';

const A = '996555000001';
const B = '996555000002';

describe.each(await testDatabases())('claims of packets, on $name', (database) => {
  let store: TestStore;

  beforeEach(async () => {
    store = await TestStore.scratch(database);
  });

  afterEach(async () => {
    await store.close();
  });

  it('a claim makes a packet this worker’s, and counts one open try', async () => {
    await store.given({ a00000000001: [A, B] });
    const packet = await store.claimOne();
    expect(packet).toMatchObject({ state: 'sending', attempts: 1, openTries: 1, phones: [A, B], text: 'Hello' });
    expect(await store.claim()).toEqual([]);
  });

  it('a high priority overtakes an older normal one, and a low one comes last', async () => {
    await store.given({ a00000000001: [A] }, { messageId: 'm-low', priority: 2 });
    await store.given({ a00000000002: [A] }, { messageId: 'm-normal', priority: 1 });
    store.clock.advance(10);
    await store.given({ a00000000003: [A] }, { messageId: 'm-high', priority: 0 });
    const claimed = [];
    for (let turn = 0; turn < 3; turn += 1) claimed.push(...(await store.claim(1)));
    expect(claimed.map(({ packetId }) => packetId)).toEqual(['a00000000003', 'a00000000002', 'a00000000001']);
  });

  it('the oldest packet of the lower lanes gets a slot of its own when its turn comes', async () => {
    await store.given({ a00000000001: [A] }, { messageId: 'm-low', priority: 2 });
    store.clock.advance(10);
    await store.given(
      { b00000000001: [A], b00000000002: [B], b00000000003: [A] },
      { messageId: 'm-high', priority: 0 },
    );
    const claimed = await store.claims.claimDue({
      owner: 'worker-1',
      now: store.clock.now(),
      leaseMs: LEASE_MS,
      limit: 2,
      probes: 1,
      mayPost: true,
      pausedSenders: [],
      lowerLaneFirst: true,
    });
    expect(claimed.map(({ packetId }) => packetId).toSorted()).toEqual(['a00000000001', 'b00000000001']);
  });

  it('what is sent later is not due before, and wakes the loop then', async () => {
    const sendAt = store.clock.now() + 60_000;
    await store.given({ a00000000001: [A] }, { sendAt });
    expect(await store.claim()).toEqual([]);
    expect(await store.queue.nextDueAt(true)).toBe(sendAt);
    store.clock.advance(60_000);
    expect(await store.claim()).toHaveLength(1);
  });

  // Guards updateLeased in lease-fence.ts: without "lease_token = ?" the late worker overwrites the new owner's work.
  it('a worker that has lost its lease settles nothing', async () => {
    await store.given({ a00000000001: [A] });
    const late = await store.claimOne('worker-1');
    store.clock.advance(LEASE_MS);
    await store.sweeps.sweepLeases(store.clock.now(), 5_000, 10);
    const now = store.clock.now();
    expect(await store.settles.settle(late, SENDER_REFUSED, attempt(now), now)).toBe(false);
    expect(await store.state('a00000000001')).toBe('uncertain');
    expect(await store.recordedEvents()).toEqual(['packet.uncertain']);
    // The late try is on record all the same.
    expect(await store.rows('SELECT outcome FROM sms_pro_attempt ORDER BY attempt_id')).toEqual([
      { outcome: 'lease-ended' },
      { outcome: 'answer' },
    ]);
  });

  it('the worker that took an uncertain packet over is not fenced off by the one before', async () => {
    await store.given({ a00000000001: [A] });
    const first = await store.claimOne('worker-1');
    store.clock.advance(LEASE_MS);
    await store.sweeps.sweepLeases(store.clock.now(), 5_000, 10);
    store.clock.advance(5_000);
    const second = await store.claimOne('worker-2');
    expect(second).toMatchObject({ state: 'uncertain', openTries: 1, lease: { owner: 'worker-2' } });
    expect(await store.claims.renew(first, store.clock.now(), LEASE_MS)).toBeNull();
    expect(await store.claims.beginRepeat(second, store.clock.now(), LEASE_MS)).toMatchObject({
      state: 'sending',
      openTries: 2,
      attempts: 2,
    });
  });

  it('a packet whose worker died is uncertain when its lease ends, and not before', async () => {
    await store.given({ a00000000001: [A] });
    await store.claimOne();
    store.clock.advance(LEASE_MS - 1);
    expect(await store.sweeps.sweepLeases(store.clock.now(), 5_000, 10)).toBe(0);
    store.clock.advance(1);
    expect(await store.sweeps.sweepLeases(store.clock.now(), 5_000, 10)).toBe(1);
    expect(await store.claim()).toEqual([]);
    store.clock.advance(5_000);
    expect(await store.claimOne()).toMatchObject({ state: 'uncertain', openTries: 1 });
  });
});
