import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { TestStore } from '../store.fixture.js';
import { testDatabases } from '../../../../../test/support/test-databases.js';

const LEASE = 300_000;

const DATABASES = await testDatabases();

describe.each(DATABASES)('the outbox in the store, on $name', (database) => {
  let store: TestStore;

  beforeEach(async () => {
    store = await TestStore.scratch(database);
  });

  afterEach(async () => {
    await store.close();
  });

  const record = (...keys: string[]) =>
    store.database.transaction(async (unit) => {
      for (const key of keys) {
        unit.recordEvent({
          name: 'recipient.sent',
          occurredAt: store.clock.now(),
          phone: key,
          orderKey: key,
          detail: {},
        });
      }
    });
  const claim = async (owner: string, limit = 10) =>
    (await store.events.claimEvents(owner, store.clock.now(), LEASE, limit)).map(({ seq, phone }) => `${seq} ${phone}`);
  const pending = (seq: number, key: string, dueAt = 0, parked = false) => ({
    seq,
    subscriber: 'A.on',
    orderKey: key,
    attempts: 1,
    dueAt,
    parked,
    lastError: 'x',
  });

  it('an event of a transaction that fails is never delivered', async () => {
    const failing = store.database.transaction(async (unit) => {
      unit.recordEvent({ name: 'recipient.sent', occurredAt: 1, orderKey: 'k', detail: {} });
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    expect(await claim('p1')).toEqual([]);
  });

  it('a commit with events calls the listeners, one without does not', async () => {
    let calls = 0;
    store.database.onEventsCommitted(() => {
      calls += 1;
    });
    await record();
    expect(calls).toBe(0);
    await record('k');
    expect(calls).toBe(1);
  });

  it('an event belongs to one process until its lease ends', async () => {
    await record('k1');
    expect(await claim('p1')).toEqual(['1 k1']);
    expect(await claim('p2')).toEqual([]);
    store.clock.advance(LEASE);
    expect(await claim('p2')).toEqual(['1 k1']);
  });

  it('an event is not taken while an earlier one of its key is leased by another process', async () => {
    await record('k1');
    await claim('p1');
    await record('k1', 'k2');
    expect(await claim('p2')).toEqual(['3 k2']);
    await store.events.finishEvents([{ seq: 1, pending: [] }], 'p1', store.clock.now());
    expect(await claim('p2')).toEqual(['2 k1']);
  });

  it('events whose key is leased by another process do not fill the window of those that may be taken', async () => {
    await record('k1');
    await claim('p1');
    await record(...Array.from({ length: 20 }, () => 'k1'), 'k2');
    expect(await claim('p2', 5)).toEqual(['22 k2']);
  });

  it('a lease that is renewed stays', async () => {
    await record('k1');
    await claim('p1');
    await store.events.renewLeases('p1', { events: [1], deliveries: [] }, store.clock.now() + 2 * LEASE);
    store.clock.advance(LEASE);
    expect(await claim('p2')).toEqual([]);
  });

  it('a finish by a process that lost its lease changes nothing', async () => {
    await record('k1');
    await claim('p1');
    store.clock.advance(LEASE);
    await claim('p2');
    await store.events.finishEvents([{ seq: 1, pending: [] }], 'p1', store.clock.now());
    expect(await store.rows('SELECT state FROM sms_pro_event')).toEqual([{ state: 'pending' }]);
  });

  it('of one subscriber and key only the earliest delivery is due', async () => {
    await record('k1', 'k1', 'k2');
    await claim('p1');
    const now = store.clock.now();
    const finished = [1, 2, 3].map((seq) => ({ seq, pending: [pending(seq, seq === 3 ? 'k2' : 'k1')] }));
    await store.events.finishEvents(finished, 'p1', now);
    const due = async () =>
      (
        await store.deliveries.claimDeliveries({
          owner: 'p1',
          subscribers: ['A.on'],
          now: now,
          leaseMs: LEASE,
          limit: 10,
        })
      ).map(({ event }) => event.seq);
    expect(await due()).toEqual([1, 3]);
    expect(await due()).toEqual([]);
    expect(await store.deliveries.blocked(['k1', 'k9'])).toEqual(new Set(['A.on|k1']));
    await store.deliveries.finishDelivery(1, 'A.on', 'p1');
    expect(await due()).toEqual([2]);
  });

  it('a parked delivery lets the next one of its key pass, and can be replayed by id, subscriber or name', async () => {
    await record('k1', 'k1');
    await claim('p1');
    const now = store.clock.now();
    await store.events.finishEvents(
      [
        { seq: 1, pending: [pending(1, 'k1', 0, true)] },
        { seq: 2, pending: [pending(2, 'k1')] },
      ],
      'p1',
      now,
    );
    expect(
      (
        await store.deliveries.claimDeliveries({
          owner: 'p1',
          subscribers: ['A.on'],
          now: now,
          leaseMs: LEASE,
          limit: 10,
        })
      ).map(({ event }) => event.seq),
    ).toEqual([2]);
    const [parked] = await store.parked.parked({}, 10);
    expect(parked).toMatchObject({ name: 'recipient.sent', subscriber: 'A.on', attempts: 1 });
    expect(await store.parked.replay({ eventIds: [] }, now)).toBe(0);
    expect(await store.parked.replay({ subscriber: 'B.on' }, now)).toBe(0);
    expect(await store.parked.replay({ name: 'message.completed' }, now)).toBe(0);
    expect(
      await store.parked.replay({ eventIds: [parked?.eventId ?? ''], subscriber: 'A.on', name: 'recipient.sent' }, now),
    ).toBe(1);
    expect(await store.parked.countParked()).toBe(0);
  });

  it('the loop sleeps until something can be called: not for what waits its turn, nor for what is being called', async () => {
    await record('k1', 'k1');
    await claim('p1');
    const now = store.clock.now();
    await store.events.finishEvents(
      [
        { seq: 1, pending: [pending(1, 'k1', now + 60_000)] },
        { seq: 2, pending: [pending(2, 'k1', now)] },
      ],
      'p1',
      now,
    );
    expect(await store.deliveries.nextDeliveryAt(['A.on'])).toBe(now + 60_000);
    store.clock.advance(60_000);
    await store.deliveries.claimDeliveries({
      owner: 'p1',
      subscribers: ['A.on'],
      now: store.clock.now(),
      leaseMs: LEASE,
      limit: 10,
    });
    expect(await store.deliveries.nextDeliveryAt(['A.on'])).toBe(now + 60_000 + LEASE);
  });

  it('a subscriber that no process has any more is forgotten after its time', async () => {
    const mark = { subscriber: 'A.on', eventName: 'recipient.sent' } as const;
    await store.events.register([mark], store.clock.now());
    await store.events.register([mark], store.clock.now());
    expect(await store.events.subscriptions(store.clock.now())).toEqual([mark]);
    expect(await store.events.subscriptions(store.clock.now() + 1)).toEqual([]);
  });
});
