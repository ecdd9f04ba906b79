import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ClaimedPacket } from './claimed-packet.js';
import { attempt, LEASE_MS, newMessage, TestStore } from '../store.fixture.js';
import { testDatabases } from '../../../../../test/support/test-databases.js';

const A = '996555000001';
const B = '996555000002';

const DATABASES = await testDatabases();

describe.each(DATABASES)('packets in the store, on $name', (database) => {
  let store: TestStore;

  beforeEach(async () => {
    store = await TestStore.scratch(database);
  });

  afterEach(async () => {
    await store.close();
  });

  const uncertain = (triedAt: number) => ({
    change: {
      to: 'uncertain' as const,
      dueAt: triedAt + 5_000,
      triedAt,
      cause: 'timeout',
      gatewayStatus: null,
      held: null,
    },
    certainlyNotSent: false,
    refused: false,
  });

  it('a claim makes a packet this worker’s, and counts one open try', async () => {
    await store.given({ a00000000001: [A, B] });
    const packet = await store.claimOne();
    expect(packet).toMatchObject({ state: 'sending', attempts: 1, openTries: 1, phones: [A, B], text: 'Hello' });
    expect(await store.claim()).toEqual([]);
  });

  it('messages given at the same time are each stored whole, and one that cannot be takes no other with it', async () => {
    const ids = Array.from({ length: 40 }, (_, at) => `message-${at}`);
    const given = ids.map((messageId, at) =>
      store.given({ [`a${String(at).padStart(11, '0')}`]: [A, B] }, { messageId, text: `Text ${at}` }),
    );
    // Its packet has the id of another one.
    const double = store.given({ a00000000007: [A] }, { messageId: 'double' });
    const settled = await Promise.allSettled([...given, double]);
    expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    const packets = await store.claim(100);
    expect(packets.map(({ packetId, text, phones }) => [packetId, text, phones.length]).toSorted()).toEqual(
      ids.map((_, at) => [`a${String(at).padStart(11, '0')}`, `Text ${at}`, 2]),
    );
    expect(await store.messages.find('double')).toBeNull();
  });

  it('acceptances at the same time are each settled, and one whose lease has ended changes nothing', async () => {
    for (let at = 0; at < 6; at += 1) {
      await store.given({ [`a0000000000${at}`]: [A, B] }, { messageId: `message-${at}` });
    }
    const packets = await store.claim();
    const [lost] = packets;
    if (lost === undefined) throw new Error('Nothing was claimed.');
    const taken = { ...lost, lease: { ...lost.lease, token: lost.lease.token + 1 } };
    const settled = await Promise.all([taken, ...packets.slice(1)].map((packet) => store.accept(packet)));
    expect(settled).toEqual([false, true, true, true, true, true]);
    expect(await store.state(lost.packetId)).toBe('sending');
    const accepted = (await store.told()).filter((name) => name === 'packet.accepted');
    expect(accepted).toHaveLength(5);
    const attempts = await store.rows('SELECT packet_id FROM sms_pro_attempt ORDER BY packet_id');
    expect(attempts).toHaveLength(6);
  });

  it('keeps Kyrgyz letters, emoji and quotes whole', async () => {
    const text = 'Өзүңүздүн кодуңуз: 1234 👩‍👩‍👧 "ok" \'\\n?$1';
    await store.given({ a00000000001: [A] }, { text, metadata: JSON.stringify({ text }) });
    expect((await store.claimOne()).text).toBe(text);
    expect((await store.messages.find('message-1'))?.metadata).toBe(JSON.stringify({ text }));
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

  it('accepting a packet writes one row and no recipient, and all follow it', async () => {
    await store.given({ a00000000001: [A, B] });
    await store.accept(await store.claimOne());
    expect(await store.rows('SELECT DISTINCT status FROM sms_pro_recipient')).toEqual([{ status: null }]);
    expect(await store.statuses()).toEqual([`${A} accepted`, `${B} accepted`]);
    expect(await store.told()).toEqual(['packet.accepted']);
    expect(await store.rows('SELECT phones, smscnt, billed, estimated FROM sms_pro_packet')).toEqual([
      { phones: 2, smscnt: 1, billed: 2, estimated: 0 },
    ]);
  });

  // Guards the fence in SettleStore.updateMine: without "lease_token = ?" the late worker overwrites the new owner's work.
  it('a worker that has lost its lease settles nothing', async () => {
    await store.given({ a00000000001: [A] });
    const late = await store.claimOne('worker-1');
    store.clock.advance(LEASE_MS);
    await store.sweeps.sweepLeases(store.clock.now(), 5_000, 10);
    const now = store.clock.now();
    const rejected = {
      change: { to: 'rejected' as const, reason: 'sender' as const, gatewayStatus: '5', hint: '' },
      certainlyNotSent: true,
      refused: false,
    };
    expect(await store.settles.settle(late, rejected, attempt(now), now)).toBe(false);
    expect(await store.state('a00000000001')).toBe('uncertain');
    expect(await store.told()).toEqual(['packet.uncertain']);
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

  it('a lost answer is told once, however often the gateway is asked', async () => {
    await store.given({ a00000000001: [A] });
    await store.settles.settle(await store.claimOne(), uncertain(store.clock.now()), attempt(0), store.clock.now());
    store.clock.advance(5_000);
    const probed = uncertain(store.clock.now());
    await store.settles.settle(
      await store.claimOne(),
      { ...probed, change: { ...probed.change, triedAt: null } },
      attempt(0, 'probe'),
      store.clock.now(),
    );
    expect(await store.told()).toEqual(['packet.uncertain']);
    store.clock.advance(5_000);
    expect(await store.claimOne()).toMatchObject({ probes: 1, openTries: 1 });
  });

  it('a queued packet past its validity expires, also while the account is paused', async () => {
    const validUntil = store.clock.now() + 1_000;
    await store.given({ a00000000001: [A] }, { validUntil, deadlineAt: validUntil });
    store.clock.advance(1_000);
    expect(await store.sweeps.expireQueued(store.clock.now(), 10)).toBe(1);
    const message = await store.messages.find('message-1');
    expect(message?.recipients).toMatchObject([{ status: 'expired', reason: 'validity' }]);
    expect(message?.completedAt).toEqual(new Date(store.clock.now()));
    expect(await store.told()).toEqual([`recipient.expired ${A}`, 'message.completed']);
  });

  it('a packet that may have been sent never expires by itself', async () => {
    const deadlineAt = store.clock.now() + 1_000;
    await store.given({ a00000000001: [A] }, { deadlineAt });
    await store.settles.settle(await store.claimOne(), uncertain(store.clock.now()), attempt(0), store.clock.now());
    store.clock.advance(10_000);
    expect(await store.sweeps.expireQueued(store.clock.now(), 10)).toBe(0);
    expect(await store.state('a00000000001')).toBe('uncertain');
  });

  it('an accepted test packet has reached its end, and is asked about no more', async () => {
    await store.given({ a00000000001: [A] }, { test: true });
    await store.accept(await store.claimOne());
    const message = await store.messages.find('message-1');
    expect(message?.recipients).toMatchObject([{ status: 'accepted' }]);
    expect(message?.completedAt).not.toBeNull();
    expect(await store.told()).toEqual(['packet.accepted', 'message.completed']);
    expect(await store.rows('SELECT next_poll_at, billed FROM sms_pro_packet')).toEqual([
      { next_poll_at: null, billed: 0 },
    ]);
  });

  it('a new packet that goes back into the queue leaves out a phone that was taken under the old id', async () => {
    await store.given({ a00000000001: [A, B] });
    await store.settles.settle(await store.claimOne(), uncertain(store.clock.now()), attempt(0), store.clock.now());
    store.clock.advance(5_000);
    const now = store.clock.now();
    await store.replace(await store.claimOne(), { kept: [], groups: [[A, B]] }, now);
    const child = await store.claimOne();
    expect(child.phones).toEqual([A, B]);
    await store.report('a00000000001', { [A]: '3' });
    const requeued = {
      change: { to: 'queued' as const, dueAt: now, gatewayStatus: null },
      certainlyNotSent: true,
      refused: false,
    };
    await store.settles.settle(child, requeued, attempt(now), now);
    expect((await store.claimOne()).phones).toEqual([B]);
    expect(await store.statuses()).toEqual([`${A} delivered`, `${B} queued`]);
    expect(
      await store.rows("SELECT open_recipients, next_poll_at FROM sms_pro_packet WHERE packet_id = 'a00000000001'"),
    ).toEqual([{ open_recipients: 0, next_poll_at: null }]);
  });

  describe('a new packet, some of whose phones were taken under the old id while it was on its way', () => {
    const OLD = 'a00000000001';
    let now: number;
    let child: ClaimedPacket;

    beforeEach(async () => {
      await store.given({ [OLD]: [A, B] });
      await store.settles.settle(await store.claimOne(), uncertain(store.clock.now()), attempt(0), store.clock.now());
      store.clock.advance(5_000);
      now = store.clock.now();
      const parts = { kept: [], groups: [[A, B]] };
      await store.replace(await store.claimOne(), parts, now);
      child = await store.claimOne();
    });

    it('leaves them out when it goes back into the queue, also where the report says nothing that is known', async () => {
      await store.report(OLD, { [A]: '6' });
      const change = { to: 'queued' as const, dueAt: now, gatewayStatus: null };
      await store.settles.settle(child, { change, certainlyNotSent: true, refused: false }, attempt(now), now);
      expect((await store.claimOne()).phones).toEqual([B]);
      expect(await store.statuses()).toEqual([`${A} accepted`, `${B} queued`]);
    });

    it.each(['1', '6'])('does not take them along when it is refused (report %s)', async (code) => {
      await store.report(OLD, { [A]: code });
      const change = { to: 'rejected' as const, reason: 'sender' as const, gatewayStatus: '5', hint: '' };
      await store.settles.settle(child, { change, certainlyNotSent: true, refused: false }, attempt(now), now);
      expect(await store.statuses()).toEqual([`${A} ${code === '1' ? 'sent' : 'accepted'}`, `${B} rejected`]);
      expect(await store.told()).not.toContain('message.completed');
      // It is asked about under the old id, and has an end that the application hears of.
      await store.report(OLD, { [A]: '3' });
      expect(await store.told()).toContain('message.completed');
      expect(await store.rows('SELECT open_recipients FROM sms_pro_packet')).toEqual([
        { open_recipients: 0 },
        { open_recipients: 0 },
      ]);
    });

    it('is not sent under a third id where a phone of its own was reported, whatever the report says', async () => {
      await store.settles.settle(child, uncertain(now), attempt(now), now);
      await store.rows("UPDATE sms_pro_packet SET held_status = '7' WHERE packet_id = ?", [child.packetId]);
      await store.report(child.packetId, { [A]: '6' });
      store.clock.advance(5_000);
      const probed = await store.claimOne();
      expect(probed.reported).toEqual([A]);
      const later = store.clock.now();
      const parts = { kept: [], groups: [[A], [B]] };
      await store.replace(probed, parts, later);
      expect((await store.claim(10)).map(({ phones }) => phones)).toEqual([[B]]);
    });
  });

  it('a sensitive text is erased in the transaction that ends its last packet, and not before', async () => {
    await store.given({ a00000000001: [A], b00000000001: [B] }, { sensitive: true, textDigest: 'digest' });
    const [first, second] = await store.claim();
    if (!first || !second) throw new Error('Two packets were due.');
    await store.accept(first);
    expect(await store.rows('SELECT text FROM sms_pro_message')).toEqual([{ text: 'Hello' }]);
    await store.accept(second);
    expect(await store.rows('SELECT text FROM sms_pro_message')).toEqual([{ text: null }]);
  });

  it('the same key gives the first message back, and stores no second one', async () => {
    const idempotency = { key: 'order-7', fingerprint: 'f1' };
    await store.given({ a00000000001: [A] }, { idempotency });
    const second = newMessage(store.clock.now(), { b00000000001: [B] }, { messageId: 'message-2', idempotency });
    const earlier = await store.messages.create(second);
    expect(earlier).toMatchObject({ messageId: 'message-1', packetIds: ['a00000000001'], fingerprint: 'f1' });
    expect(await store.messages.find('message-2')).toBeNull();
  });
});
