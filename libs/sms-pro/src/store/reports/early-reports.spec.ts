import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testDatabases } from '../../../../../test/support/test-databases.js';
import type { ClaimedPacket } from '../packets/claimed-packet.js';
import type { Settlement } from '../packets/packet-change.js';
import { answerLost, notSent, phonesRefused, SENDER_REFUSED } from '../packets/settlement.fixture.js';
import { attempt, TestStore } from '../store.fixture.js';

const A = '996555000001';
const B = '996555000002';
const P = 'a00000000001';
const HOUR_MS = 60 * 60_000;

describe.each(await testDatabases())('a report that comes while the POST is open, on $name', (database) => {
  let store: TestStore;

  beforeEach(async () => {
    store = await TestStore.scratch(database);
    await store.given({ [P]: [A, B] });
  });

  afterEach(async () => {
    await store.close();
  });

  const settle = async (packet: ClaimedPacket, settlement: Settlement) => {
    const now = store.clock.now();
    expect(await store.settles.settle(packet, settlement, attempt(now), now)).toBe(true);
  };

  it('moves its phone at once, and the packet waits for the end of the try', async () => {
    await store.claimOne();
    await store.report(P, { [A]: '0' });
    expect([await store.state(P), await store.statuses()]).toEqual(['sending', [`${A} accepted`, `${B} queued`]]);
    await store.report(P, { [A]: '3' });
    expect([await store.state(P), await store.statuses()]).toEqual(['sending', [`${A} delivered`, `${B} queued`]]);
    expect(await store.recordedEvents()).toEqual([`recipient.delivered ${A}`]);
  });

  it('and a 7: the packet is split, as if the gateway had shown the phone', async () => {
    const packet = await store.claimOne();
    await store.report(P, { [A]: '1' });
    await settle(packet, phonesRefused(store.clock.now()));
    expect(await store.state(P)).toBe('uncertain');
    // Nor does a later report make it accepted: it proves nothing of the other phone.
    await store.report(P, { [A]: '3' });
    expect(await store.state(P)).toBe('uncertain');
    expect(await store.claim()).toMatchObject([{ reported: [A] }]);
  });

  it.each([
    ['a lost answer', answerLost],
    ['a refusal for good', () => SENDER_REFUSED],
    ['a refusal of the account', (now: number) => ({ ...notSent(now), refused: true })],
  ] as const)('and %s: the report proves that the packet was taken', async (_what, settlementAt) => {
    const packet = await store.claimOne();
    await store.report(P, { [A]: '3' });
    await settle(packet, settlementAt(store.clock.now()));
    expect([await store.state(P), await store.statuses()]).toEqual(['accepted', [`${A} delivered`, `${B} accepted`]]);
    expect((await store.recordedEvents()).filter((name) => name === 'packet.accepted')).toHaveLength(1);
    expect(await store.claim()).toEqual([]);
  });

  it('and a try that was never sent: the gateway is queried before the next POST', async () => {
    const packet = await store.claimOne();
    await store.report(P, { [A]: '3' });
    await settle(packet, notSent(store.clock.now()));
    expect(await store.claim()).toMatchObject([{ state: 'uncertain', openTries: 0 }]);
  });

  it('and a process that died: the report proves that the packet was taken', async () => {
    await store.claimOne();
    await store.report(P, { [A]: '3' });
    store.clock.advance(HOUR_MS);
    expect(await store.sweeps.sweepLeases(store.clock.now(), 5_000, 10)).toBe(1);
    expect([await store.state(P), await store.statuses()]).toEqual(['accepted', [`${A} delivered`, `${B} accepted`]]);
    expect(await store.recordedEvents()).not.toContain('packet.uncertain');
  });

  it('for all phones completes the message, and the settle adds what was billed', async () => {
    const packet = await store.claimOne();
    await store.report(P, { [A]: '3', [B]: '4' });
    expect(await store.recordedEvents()).toContain('message.completed');
    await store.accept(packet);
    expect((await store.recordedEvents()).filter((name) => name === 'message.completed')).toHaveLength(1);
    expect(await store.rows('SELECT state, billed, open_recipients FROM sms_pro_packet')).toEqual([
      { state: 'accepted', billed: 2, open_recipients: 0 },
    ]);
  });
});
