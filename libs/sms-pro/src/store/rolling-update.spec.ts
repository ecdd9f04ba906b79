import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testDatabases } from '../../../../test/support/test-databases.js';
import { LEASE_MS, TestStore } from './store.fixture.js';

const A = '996555000001';
const B = '996555000002';
const P = 'a00000000001';
const DATABASES = await testDatabases();

/** Words that a newer version may write while this one still runs, beside it or after a step back. */
describe.each(DATABASES)('what a newer version wrote into $name', (database) => {
  let store: TestStore;
  const now = () => store.clock.now();

  beforeEach(async () => {
    store = await TestStore.scratch(database);
  });

  afterEach(async () => {
    await store.close();
  });

  const change = async (sql: string) => {
    await store.database.transaction(async (unit) => void (await unit.run(sql)));
  };

  const claimEvents = async () => {
    const events = await store.events.claimEvents('process-1', now(), LEASE_MS, 100);
    return events.map(({ name, phone }) => [name, phone].filter(Boolean).join(' '));
  };

  const subscribe = async (eventName: 'recipient.delivered' | 'recipient.sent') => {
    await store.events.register([{ subscriber: 'Orders.update', eventName }], now());
  };

  /** A packet of two phones, of which both were sent and delivered. */
  const givenDelivered = async () => {
    await store.given({ [P]: [A, B] });
    await store.accept(await store.claimOne());
    await store.report(P, { [A]: '1', [B]: '1' });
    await store.report(P, { [A]: '3', [B]: '3' });
  };

  it('an event of an unknown name is left for a process that knows it, and the rest is delivered', async () => {
    await givenDelivered();
    await change(`UPDATE sms_pro_event SET name = 'recipient.read' WHERE name = 'recipient.sent' AND phone = '${A}'`);
    expect(await claimEvents()).toEqual([
      'packet.accepted',
      `recipient.sent ${B}`,
      `recipient.delivered ${A}`,
      `recipient.delivered ${B}`,
      'message.completed',
    ]);
    const [left] = await store.rows("SELECT state, lease_owner FROM sms_pro_event WHERE name = 'recipient.read'");
    expect(left).toEqual({ state: 'pending', lease_owner: null });
  });

  it('more unknown events than one claim takes do not hide those behind them', async () => {
    await givenDelivered();
    await change("UPDATE sms_pro_event SET name = 'recipient.read' WHERE name = 'recipient.sent'");
    const events = await store.events.claimEvents('process-1', now(), LEASE_MS, 2);
    expect(events.map(({ name }) => name)).toEqual(['packet.accepted', 'recipient.delivered']);
  });

  it('a subscription to an unknown event is not this version’s', async () => {
    await subscribe('recipient.sent');
    await change("UPDATE sms_pro_subscriber SET event_name = 'recipient.read'");
    await subscribe('recipient.delivered');
    expect(await store.events.subscriptions(0)).toEqual([
      { subscriber: 'Orders.update', eventName: 'recipient.delivered' },
    ]);
  });

  it('a delivery of an unknown event is neither claimed, nor due, nor in the way of later ones', async () => {
    await givenDelivered();
    const events = await store.events.claimEvents('process-1', now(), LEASE_MS, 100);
    const ofA = events.filter(({ phone }) => phone === A);
    const pending = ofA.map(({ seq, orderKey }) => ({
      seq,
      subscriber: 'Orders.update',
      orderKey,
      attempts: 1,
      dueAt: now(),
      parked: false,
      lastError: null,
    }));
    const finished = events.map(({ seq }) => ({ seq, pending: pending.filter((one) => one.seq === seq) }));
    await store.events.finishEvents(finished, 'process-1', now());
    await change("UPDATE sms_pro_event SET name = 'recipient.read' WHERE name = 'recipient.sent'");
    const delivered = ofA.find(({ name }) => name === 'recipient.delivered');
    const keys = ofA.map(({ orderKey }) => orderKey);
    const request = { owner: 'process-1', subscribers: ['Orders.update'], now: now(), leaseMs: LEASE_MS, limit: 10 };

    expect(await store.deliveries.nextDeliveryAt(['Orders.update'])).toBe(now());
    const claimed = await store.deliveries.claimDeliveries(request);
    expect(claimed.map(({ event }) => event.eventId)).toEqual([delivered?.eventId]);
    await store.deliveries.finishDelivery(delivered?.seq ?? 0, 'Orders.update', 'process-1');

    expect(await store.deliveries.nextDeliveryAt(['Orders.update'])).toBeNull();
    expect(await store.deliveries.claimDeliveries(request)).toEqual([]);
    expect(await store.deliveries.blocked(keys)).toEqual(new Set());
    expect(await store.rows('SELECT COUNT(*) AS amount FROM sms_pro_delivery')).toEqual([{ amount: 1 }]);
  });

  it('a parked delivery of an unknown event is counted, and not listed', async () => {
    await givenDelivered();
    const events = await store.events.claimEvents('process-1', now(), LEASE_MS, 100);
    const finished = events.map(({ seq, orderKey }) => ({
      seq,
      pending: [
        { seq, subscriber: 'Orders.update', orderKey, attempts: 10, dueAt: now(), parked: true, lastError: 'x' },
      ],
    }));
    await store.events.finishEvents(finished, 'process-1', now());
    await change("UPDATE sms_pro_event SET name = 'recipient.read' WHERE name = 'recipient.sent'");
    expect((await store.parked.parked({}, 100)).map(({ name }) => name)).not.toContain('recipient.sent');
    expect(await store.parked.parked({}, 100)).toHaveLength(events.length - 2);
    expect(await store.parked.countParked()).toBe(events.length);
  });

  it('a recipient of an unknown status reads as unknown, and no report changes it', async () => {
    await store.given({ [P]: [A, B] });
    await store.accept(await store.claimOne());
    await change(`UPDATE sms_pro_recipient SET status = 'read', reason = 'by-eye' WHERE phone = '${A}'`);
    expect(await store.statuses()).toEqual([`${A} unknown`, `${B} accepted`]);
    expect(await store.report(P, { [A]: '3', [B]: '3' })).toMatchObject({ matched: 2, changed: 1 });
    expect(await store.statuses()).toEqual([`${A} unknown`, `${B} delivered`]);
    expect(await store.rows(`SELECT status, report_code FROM sms_pro_recipient WHERE phone = '${A}'`)).toEqual([
      { status: 'read', report_code: 3 },
    ]);
  });

  it('a packet of an unknown state is neither sent, nor polled, nor ended; its reports count', async () => {
    await store.given({ [P]: [A, B] });
    await change("UPDATE sms_pro_packet SET state = 'on-hold'");
    store.clock.advance(100_000_000);
    expect(await store.claim()).toEqual([]);
    expect(await store.sweeps.expireQueued(now(), 10)).toBe(0);
    expect(await store.polls.lease(P, { owner: 'process-1', now: now(), leaseMs: LEASE_MS })).toBe('closed');
    expect(await store.statuses()).toEqual([`${A} queued`, `${B} queued`]);
    await store.report(P, { [A]: '3' });
    expect(await store.statuses()).toEqual([`${A} delivered`, `${B} queued`]);
    expect(await store.state(P)).toBe('on-hold');
  });

  it('a message of several packets ends, whatever status a newer version gave one of its recipients', async () => {
    await store.given({ [P]: [A], b00000000001: [B] });
    for (const packet of await store.claim()) await store.accept(packet);
    await change(`UPDATE sms_pro_recipient SET status = 'read' WHERE phone = '${A}'`);
    await change('UPDATE sms_pro_message SET open_recipients = 1');
    await store.report('b00000000001', { [B]: '3' });
    expect((await store.recordedEvents()).filter((name) => name === 'message.completed')).toHaveLength(1);
  });

  it('a pause for an unknown reason holds', async () => {
    await store.accounts.pause('', { reason: 'funds', hint: '', gatewayStatus: '4' }, now(), now() + 1_000);
    await change("UPDATE sms_pro_pause SET reason = 'new-reason'");
    expect(await store.accounts.pauses()).toMatchObject([{ scope: '', state: 'paused', reason: 'new-reason' }]);
  });

  it('a campaign of an unknown state reads as running, and nothing is stored into it', async () => {
    await store.campaigns.begin('c1', null, now());
    await change("UPDATE sms_pro_campaign SET state = 'on-hold'");
    expect(await store.campaigns.find('c1')).toMatchObject({ state: 'running' });
    const chunk = { campaignId: 'c1', from: 0, to: 0, sourceDigest: 'x', messages: [], rejected: [] };
    const rules = { isSame: () => true, conflict: [], stopAtConflict: false };
    const outcome = await store.chunks.store({ ...chunk, rejectedBefore: [], isLast: true, now: now() }, rules);
    expect(outcome).toEqual({ is: 'overtaken' });
    expect(await store.rows('SELECT state FROM sms_pro_campaign')).toEqual([{ state: 'on-hold' }]);
  });
});
