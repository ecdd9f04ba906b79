import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testDatabases } from '../../../../../test/support/test-databases.js';
import { attempt, type TestStore } from '../store.fixture.js';
import { notSent } from '../packets/settlement.fixture.js';
import { TestCampaign } from './campaign.fixture.js';

const A = '996555000001';
const B = '996555000002';
const C = '996555000003';

describe.each(await testDatabases())('a message of a campaign that is canceled, on $name', (database) => {
  let campaign: TestCampaign;
  let store: TestStore;

  beforeEach(async () => {
    campaign = await TestCampaign.on(database);
    ({ store } = campaign);
  });

  afterEach(async () => {
    await campaign.close();
  });

  const now = () => campaign.now();

  it('leaves a queued packet that it shares, and the others go on in a new one when they were due', async () => {
    const sendAt = now() + 60_000;
    await campaign.given({ m1: [A], m2: [B], m3: [C] }, { sendAt });
    expect(await store.cancels.cancel('m1', now())).toEqual({ canceled: 1, tooLate: 0 });
    expect(await store.statuses('m1')).toEqual([`${A} canceled`]);
    expect(await store.statuses('m2')).toEqual([`${B} queued`]);
    expect(await store.claim()).toEqual([]);
    store.clock.advance(60_000);
    const packet = await store.claimOne();
    expect(packet).toMatchObject({ phones: [B, C], messageId: 'm2', text: 'Hello' });
    await store.accept(packet);
    await store.report(packet.packetId, { [B]: '3', [C]: '3' });
    expect(await campaign.completed()).toEqual(expect.arrayContaining(['m1', 'm2', 'm3']));
    expect(await campaign.completed()).toHaveLength(3);
    expect(await store.rows('SELECT reason FROM sms_pro_packet WHERE state = ?', ['canceled'])).toEqual([
      { reason: 'canceled' },
    ]);
    expect(await store.rows('SELECT SUM(open_recipients) AS open FROM sms_pro_packet')).toEqual([{ open: 0 }]);
  });

  it('comes too late in a packet on its way, which goes on for the others', async () => {
    await campaign.given({ m1: [A], m2: [B] });
    const packet = await store.claimOne();
    expect(await store.cancels.cancel('m1', now())).toEqual({ canceled: 0, tooLate: 1 });
    await store.settles.settle(packet, notSent(), attempt(now()), now());
    // It was not sent after all: the other's phone goes out, and the canceled one's does not.
    expect(await store.statuses('m1')).toEqual([`${A} canceled`]);
    const again = await store.claimOne();
    expect(again).toMatchObject({ phones: [B], cancelRequested: false });
    await store.accept(again);
    await store.report(again.packetId, { [B]: '3' });
    expect((await campaign.completed()).toSorted()).toEqual(['m1', 'm2']);
  });

  it('a packet on its way, all of whose messages are canceled one by one, is not repeated', async () => {
    await campaign.given({ m1: [A], m2: [B] });
    const packet = await store.claimOne();
    expect(await store.cancels.cancel('m1', now())).toEqual({ canceled: 0, tooLate: 1 });
    expect(await store.cancels.cancel('m2', now())).toEqual({ canceled: 0, tooLate: 1 });
    await store.settles.settle(packet, notSent(), attempt(now()), now());
    expect(await store.claim()).toEqual([]);
    expect([...(await store.statuses('m1')), ...(await store.statuses('m2'))]).toEqual([
      `${A} canceled`,
      `${B} canceled`,
    ]);
    expect((await campaign.completed()).toSorted()).toEqual(['m1', 'm2']);
  });

  it('still marks a packet on its way that is its own alone', async () => {
    await campaign.given({ m1: [A, B] });
    const packet = await store.claimOne();
    expect(await store.cancels.cancel('m1', now())).toEqual({ canceled: 0, tooLate: 2 });
    await store.settles.settle(packet, notSent(), attempt(now()), now());
    expect(await store.statuses('m1')).toEqual([`${A} canceled`, `${B} canceled`]);
    expect(await campaign.completed()).toEqual(['m1']);
  });

  it('counts its own recipients of an accepted packet, and no others', async () => {
    await campaign.given({ m1: [A], m2: [B, C] });
    await store.accept(await store.claimOne());
    expect(await store.cancels.cancel('m1', now())).toEqual({ canceled: 0, tooLate: 1 });
  });

  it('does not take the text that the others still need', async () => {
    await campaign.given({ m1: [A], m2: [B] }, { sensitive: true, textDigest: 'digest' });
    await store.cancels.cancel('m1', now());
    const texts = () => store.rows('SELECT message_id, text FROM sms_pro_message ORDER BY message_id');
    expect(await texts()).toEqual([
      { message_id: 'm1', text: null },
      { message_id: 'm2', text: 'Hello' },
    ]);
    const packet = await store.claimOne();
    expect(packet.text).toBe('Hello');
    await store.accept(packet);
    expect(await texts()).toEqual([
      { message_id: 'm1', text: null },
      { message_id: 'm2', text: null },
    ]);
  });
});
