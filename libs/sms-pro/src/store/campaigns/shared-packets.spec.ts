import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testDatabases } from '../../../../../test/support/test-databases.js';
import type { ChunkMessage } from './chunk-keys.js';
import { attempt, type TestStore } from '../store.fixture.js';
import { answerLost, notSent, phonesRefused } from '../packets/settlement.fixture.js';
import { CAMPAIGN, TestCampaign } from './campaign.fixture.js';

const A = '996555000001';
const B = '996555000002';
const C = '996555000003';

describe.each(await testDatabases())('a packet that messages share, on $name', (database) => {
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

  it('messages with one text share packets, and each is found by its own id', async () => {
    const outcome = await campaign.given({ m1: [A], m2: [B, C] });
    expect(outcome).toMatchObject({ is: 'stored', messages: 2, recipients: 3, segments: 3 });
    expect(await campaign.packets()).toMatchObject([
      { state: 'queued', recipients: 3, open_recipients: 3, message_id: 'm1' },
    ]);
    expect((await store.claimOne()).phones.toSorted()).toEqual([A, B, C]);
    expect(await store.statuses('m2')).toEqual([`${B} queued`, `${C} queued`]);
    expect(await campaign.find()).toMatchObject({
      state: 'stored',
      consumed: 2,
      messages: 2,
      recipients: 3,
      segments: 3,
      sourceDigest: 'digest',
      storedAt: new Date(now()),
    });
  });

  it('what goes out later, expires earlier, is urgent, secret, a test or of another sender has packets of its own', async () => {
    const at = now() + 60_000;
    const different: Partial<ChunkMessage>[] = [
      {},
      { sendAt: at },
      { validUntil: at },
      { deadlineAt: at },
      { priority: 0 },
      { sensitive: true },
      { test: true },
      { sender: 'Other' },
      { text: 'Bye' },
    ];
    const messages = different.map((changes, index) => campaign.message(`m${index}`, [`99655500000${index}`], changes));
    const outcome = await campaign.storeChunk(messages);
    expect(await campaign.packets()).toHaveLength(different.length);
    const due = outcome.is === 'stored' ? outcome.due : [];
    expect(due.map(({ dueAt, packetIds }) => [dueAt, packetIds.length])).toEqual([
      [now(), different.length - 1],
      [at, 1],
    ]);
  });

  it('a report about one message of a shared packet completes that message alone', async () => {
    await campaign.given({ m1: [A], m2: [B] });
    const packet = await store.claimOne();
    await store.accept(packet);
    await store.report(packet.packetId, { [B]: '3' });
    expect(await campaign.completed()).toEqual(['m2']);
    await store.report(packet.packetId, { [A]: '4' });
    await store.report(packet.packetId, { [A]: '4', [B]: '3' });
    expect(await campaign.completed()).toEqual(['m2', 'm1']);
    expect(
      await store.rows("SELECT message_id, phone FROM sms_pro_event WHERE name LIKE 'recipient.%' ORDER BY event_seq"),
    ).toEqual([
      { message_id: 'm2', phone: B },
      { message_id: 'm1', phone: A },
    ]);
  });

  it('events know their campaign', async () => {
    await campaign.given({ m1: [A] });
    await store.accept(await store.claimOne());
    const [event] = await store.events.claimEvents('p', now(), 1_000, 10);
    expect(event).toMatchObject({ name: 'packet.accepted', messageId: 'm1', campaignId: CAMPAIGN });
  });

  it('a shared packet that is split gives each new packet a text, and erases every sensitive one at its end', async () => {
    await campaign.given({ m1: [A], m2: [B] }, { sensitive: true, textDigest: 'digest' });
    const first = await store.claimOne();
    await store.settles.settle(first, phonesRefused(now()), attempt(now()), now());
    // A report for one phone while the packet is being split proves nothing of the other.
    await store.report(first.packetId, { [A]: '3' });
    const probed = await store.claimOne();
    await store.replace(probed, { kept: [], groups: [[B]] }, now());
    expect(await store.rows('SELECT text FROM sms_pro_message WHERE message_id = ?', ['m1'])).toEqual([{ text: null }]);
    const child = await store.claimOne();
    expect(child).toMatchObject({ messageId: 'm2', phones: [B], text: 'Hello' });
    await store.accept(child);
    await store.report(child.packetId, { [B]: '3' });
    expect(await store.rows('SELECT text FROM sms_pro_message WHERE text IS NOT NULL')).toEqual([]);
    expect(await campaign.completed()).toEqual(['m1', 'm2']);
    expect((await store.campaigns.counts(CAMPAIGN)).counts).toMatchObject({ delivered: 2, queued: 0 });
  });

  it('a canceled message of a shared packet that is split goes no further, and the others do', async () => {
    await campaign.given({ m1: [A], m2: [B], m3: [C] });
    await store.settles.settle(await store.claimOne(), phonesRefused(now()), attempt(now()), now());
    expect(await store.cancels.cancel('m2', now())).toEqual({ canceled: 0, tooLate: 1 });
    const probed = await store.claimOne();
    const parts = { kept: [], groups: [[A], [B, C]] };
    expect(await store.replace(probed, parts, now())).toBe(true);
    expect(await store.statuses('m2')).toEqual([`${B} canceled`]);
    expect((await store.claim(10)).flatMap(({ phones }) => phones).toSorted()).toEqual([A, C]);
    expect(await campaign.completed()).toEqual(['m2']);
  });

  it('a new packet that comes back leaves out who was taken under the old id, also where another message is canceled', async () => {
    await campaign.given({ m1: [A], m2: [B], m3: [C] });
    const old = await store.claimOne();
    await store.settles.settle(old, answerLost(now()), attempt(now()), now());
    const parts = { kept: [], groups: [[A, B, C]] };
    await store.replace(await store.claimOne(), parts, now());
    const child = await store.claimOne();
    await store.cancels.cancel('m1', now());
    await store.report(old.packetId, { [B]: '1' });
    await store.settles.settle(child, notSent(), attempt(now()), now());
    expect((await store.claimOne()).phones).toEqual([C]);
    expect(await store.statuses('m1')).toEqual([`${A} canceled`]);
    expect(await store.statuses('m2')).toEqual([`${B} sent`]);
  });

  it('a shared packet that expires ends each of its messages once', async () => {
    await campaign.given({ m1: [A], m2: [B] }, { deadlineAt: now() + 1_000 });
    store.clock.advance(1_000);
    await store.sweeps.expireQueued(now(), 10);
    expect((await campaign.completed()).toSorted()).toEqual(['m1', 'm2']);
    expect(await store.statuses('m2')).toEqual([`${B} expired`]);
  });

  it('what no report comes for is given up for each message of the packet', async () => {
    await campaign.given({ m1: [A], m2: [B] });
    const packet = await store.claimOne();
    await store.accept(packet);
    await store.report(packet.packetId, { [A]: '3' });
    expect(await store.polls.giveUp(packet.packetId, now())).toBe(1);
    expect(await campaign.completed()).toEqual(['m1', 'm2']);
  });
});
