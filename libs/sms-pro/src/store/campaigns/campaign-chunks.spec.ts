import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testDatabases } from '../../../../../test/support/test-databases.js';
import type { TestStore } from '../store.fixture.js';
import type { ChunkOutcome } from './campaign-chunk.store.js';
import { CAMPAIGN, KEY_RULES, TestCampaign } from './campaign.fixture.js';

const A = '996555000001';
const B = '996555000002';

describe.each(await testDatabases())('chunks of a campaign, on $name', (database) => {
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

  describe('a chunk', () => {
    it('is stored only where the campaign stands that its run knows', async () => {
      const part = (from: number, to: number, isLast = false) =>
        campaign.storeChunk([campaign.message(`m${from}`, [A])], { from, to, isLast });
      expect(await part(0, 1)).toMatchObject({ is: 'stored' });
      expect(await part(0, 1)).toEqual({ is: 'overtaken' });
      expect(await part(1, 2, true)).toMatchObject({ is: 'stored' });
      expect(await part(2, 3)).toEqual({ is: 'overtaken' });
      expect(await campaign.find()).toMatchObject({ consumed: 2, messages: 2, state: 'stored' });
    });

    it('is stored once where two runs store it at the same time', async () => {
      const both = await Promise.all(
        ['m1', 'm2'].map((messageId) => campaign.storeChunk([campaign.message(messageId, [A])])),
      );
      expect(both.map(({ is }: ChunkOutcome) => is).toSorted()).toEqual(['overtaken', 'stored']);
      expect(await store.rows('SELECT COUNT(*) AS amount FROM sms_pro_recipient')).toEqual([{ amount: 1 }]);
    });

    it('of a canceled campaign is not stored', async () => {
      await store.campaignCancels.close(CAMPAIGN, now());
      expect(await campaign.given({ m1: [A] })).toEqual({ is: 'canceled' });
      expect(await campaign.packets()).toEqual([]);
    });

    it('keeps what was rejected, in order, up to a thousand', async () => {
      const rejected = (index: number) => ({ index, issues: [{ path: 'to', message: `fault ${index}` }] });
      const first = Array.from({ length: 999 }, (_, index) => rejected(index));
      await campaign.storeChunk([], { to: 999, rejected: first, isLast: false });
      await campaign.storeChunk([], {
        from: 999,
        to: 1_002,
        rejected: [999, 1_000, 1_001].map(rejected),
        rejectedBefore: first,
      });
      expect(await campaign.find()).toMatchObject({ rejected: 1_002, consumed: 1_002, messages: 0 });
      expect((await campaign.find())?.rejections).toEqual([...first, rejected(999)]);
    });
  });

  describe('keys of requests', () => {
    const keyed = (messageId: string, key: string, text: string, index: number) =>
      campaign.message(messageId, [A], { index, text, idempotency: { key, fingerprint: 'f' } });

    it('store a request once, within a chunk and over chunks and send()', async () => {
      await store.given({ a00000000001: [A] }, { idempotency: { key: 'k0', fingerprint: 'f' }, text: 'zero' });
      const outcome = await campaign.storeChunk([
        keyed('m0', 'k0', 'zero', 0),
        keyed('m1', 'k1', 'one', 1),
        keyed('m2', 'k1', 'one', 2),
        keyed('m3', 'k1', 'other', 3),
        keyed('m4', 'k0', 'other', 4),
        campaign.message('m5', [B], { index: 5 }),
      ]);
      expect(outcome).toMatchObject({ is: 'stored', messages: 2, rejected: [{ index: 3 }, { index: 4 }] });
      const stored = await store.rows('SELECT message_id FROM sms_pro_message ORDER BY message_id');
      expect(stored.map((row) => row['message_id'])).toEqual(['m1', 'm5', 'message-1']);
      expect(await campaign.find()).toMatchObject({ consumed: 6, messages: 2, rejected: 2 });
    });

    it('of another request stop the chunk where they are to, with nothing stored and no key taken', async () => {
      const strict = { ...KEY_RULES, stopAtConflict: true };
      const messages = [keyed('m1', 'k1', 'one', 0), keyed('m2', 'k2', 'two', 1), keyed('m3', 'k1', 'other', 2)];
      expect(await campaign.storeChunk(messages, {}, strict)).toEqual({ is: 'conflict', index: 2 });
      expect(await store.rows('SELECT * FROM sms_pro_idempotency')).toEqual([]);
      expect(await campaign.find()).toMatchObject({ consumed: 0, state: 'running' });
    });
  });

  it('a key gives the same campaign back', async () => {
    const first = await store.campaigns.begin('c1', 'spring', now());
    expect(await store.campaigns.begin('c2', 'spring', now() + 1)).toEqual(first);
    expect((await store.campaigns.begin('c3', 'autumn', now())).campaignId).toBe('c3');
    // Keys of messages are others.
    await store.given({ a00000000001: [A] }, { idempotency: { key: 'spring', fingerprint: 'f' } });
    expect(await store.statuses()).toEqual([`${A} queued`]);
  });

  it('rows of many columns and letters come back as they were written, many at once', async () => {
    const texts = Array.from({ length: 30 }, (_, at) => `${at} Өзүң "q" 'a' {x,y} \\ NULL ? $1 👩‍👧\n`);
    await campaign.storeChunk(
      texts.map((text, at) =>
        campaign.message(`m${at}`, [A], { text, reference: at % 2 === 0 ? null : text, index: at }),
      ),
    );
    const rows = await store.rows('SELECT text, reference FROM sms_pro_message');
    expect(rows.map((row) => row['text']).toSorted()).toEqual(texts.toSorted());
    expect(rows.filter((row) => row['reference'] === null)).toHaveLength(15);
  });
});
