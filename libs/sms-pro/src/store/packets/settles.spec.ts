import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testDatabases } from '../../../../../test/support/test-databases.js';
import { attempt, TestStore } from '../store.fixture.js';
import { answerLost, probeLost } from './settlement.fixture.js';

const A = '996555000001';
const B = '996555000002';

describe.each(await testDatabases())('settled packets, on $name', (database) => {
  let store: TestStore;

  beforeEach(async () => {
    store = await TestStore.scratch(database);
  });

  afterEach(async () => {
    await store.close();
  });

  it('accepting a packet writes one row and no recipient, and all follow it', async () => {
    await store.given({ a00000000001: [A, B] });
    await store.accept(await store.claimOne());
    expect(await store.rows('SELECT DISTINCT status FROM sms_pro_recipient')).toEqual([{ status: null }]);
    expect(await store.statuses()).toEqual([`${A} accepted`, `${B} accepted`]);
    expect(await store.recordedEvents()).toEqual(['packet.accepted']);
    expect(await store.rows('SELECT phones, smscnt, billed, estimated FROM sms_pro_packet')).toEqual([
      { phones: 2, smscnt: 1, billed: 2, estimated: 0 },
    ]);
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
    const accepted = (await store.recordedEvents()).filter((name) => name === 'packet.accepted');
    expect(accepted).toHaveLength(5);
    const attempts = await store.rows('SELECT packet_id FROM sms_pro_attempt ORDER BY packet_id');
    expect(attempts).toHaveLength(6);
  });

  it('an accepted test packet has reached its end, and is not polled', async () => {
    await store.given({ a00000000001: [A] }, { test: true });
    await store.accept(await store.claimOne());
    const message = await store.messages.find('message-1');
    expect(message?.recipients).toMatchObject([{ status: 'accepted' }]);
    expect(message?.completedAt).not.toBeNull();
    expect(await store.recordedEvents()).toEqual(['packet.accepted', 'message.completed']);
    expect(await store.rows('SELECT next_poll_at, billed FROM sms_pro_packet')).toEqual([
      { next_poll_at: null, billed: 0 },
    ]);
  });

  it('a lost answer is one event, however often the gateway is queried', async () => {
    await store.given({ a00000000001: [A] });
    await store.settles.settle(
      await store.claimOne(),
      answerLost(store.clock.now(), 5_000),
      attempt(0),
      store.clock.now(),
    );
    store.clock.advance(5_000);
    await store.settles.settle(
      await store.claimOne(),
      probeLost(store.clock.now(), 5_000),
      attempt(0, 'probe'),
      store.clock.now(),
    );
    expect(await store.recordedEvents()).toEqual(['packet.uncertain']);
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
    expect(await store.recordedEvents()).toEqual([`recipient.expired ${A}`, 'message.completed']);
  });

  it('a packet that may have been sent never expires by itself', async () => {
    const deadlineAt = store.clock.now() + 1_000;
    await store.given({ a00000000001: [A] }, { deadlineAt });
    await store.settles.settle(
      await store.claimOne(),
      answerLost(store.clock.now(), 5_000),
      attempt(0),
      store.clock.now(),
    );
    store.clock.advance(10_000);
    expect(await store.sweeps.expireQueued(store.clock.now(), 10)).toBe(0);
    expect(await store.state('a00000000001')).toBe('uncertain');
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
});
