import { HeldRefusal } from '../../message/held-refusal.js';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { testDatabases } from '../../../../../test/support/test-databases.js';
import type { ChunkMessage, KeyRules } from './chunk-keys.js';
import type { CampaignChunk, ChunkOutcome } from './campaign-chunk.store.js';
import { attempt, newMessage, TestStore } from '../store.fixture.js';

const A = '996555000001';
const B = '996555000002';
const C = '996555000003';

const CAMPAIGN = 'campaign-1';

const RULES: KeyRules = {
  isSame: (message, earlier) => earlier.text === message.text,
  conflict: [{ path: 'idempotencyKey', message: 'was used before' }],
  stopAtConflict: false,
};

const NOT_SENT = {
  change: { to: 'queued' as const, dueAt: 0, gatewayStatus: null },
  certainlyNotSent: true,
  refused: false,
};

describe.each(await testDatabases())('campaigns in the store, on $name', (database) => {
  let store: TestStore;

  beforeEach(async () => {
    store = await TestStore.scratch(database);
    await store.campaigns.begin(CAMPAIGN, null, store.clock.now());
  });

  afterEach(async () => {
    await store.close();
  });

  /** A message of a campaign to these phones. */
  const message = (
    messageId: string,
    phones: readonly string[],
    changes: Partial<ChunkMessage> = {},
  ): ChunkMessage => ({
    ...newMessage(store.clock.now(), {}, { messageId }),
    index: 0,
    phones,
    idempotency: null,
    ...changes,
  });

  const chunk = (messages: readonly ChunkMessage[], changes: Partial<CampaignChunk> = {}): CampaignChunk => ({
    campaignId: CAMPAIGN,
    from: 0,
    to: messages.length,
    sourceDigest: 'digest',
    messages,
    rejected: [],
    rejectedBefore: [],
    isLast: true,
    now: store.clock.now(),
    ...changes,
  });

  /** Stores one message to each list of phones. */
  const given = (messages: Readonly<Record<string, readonly string[]>>, changes: Partial<ChunkMessage> = {}) =>
    store.chunks.store(
      chunk(
        Object.entries(messages).map(([messageId, phones], index) => message(messageId, phones, { index, ...changes })),
      ),
      RULES,
    );

  const packets = () =>
    store.rows(
      'SELECT packet_id, state, recipients, open_recipients, message_id FROM sms_pro_packet ORDER BY created_at, packet_id',
    );

  const completed = async () =>
    (await store.rows("SELECT message_id FROM sms_pro_event WHERE name = 'message.completed' ORDER BY event_seq")).map(
      (row) => row['message_id'],
    );

  const campaign = () => store.campaigns.find(CAMPAIGN);
  const now = () => store.clock.now();

  it('messages with one text share packets, and each is found by its own id', async () => {
    const outcome = await given({ m1: [A], m2: [B, C] });
    expect(outcome).toMatchObject({ is: 'stored', messages: 2, recipients: 3, segments: 3 });
    expect(await packets()).toMatchObject([{ state: 'queued', recipients: 3, open_recipients: 3, message_id: 'm1' }]);
    expect((await store.claimOne()).phones.toSorted()).toEqual([A, B, C]);
    expect(await store.statuses('m2')).toEqual([`${B} queued`, `${C} queued`]);
    expect(await campaign()).toMatchObject({
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
    const messages = different.map((changes, index) => message(`m${index}`, [`99655500000${index}`], changes));
    const outcome = await store.chunks.store(chunk(messages), RULES);
    expect(await packets()).toHaveLength(different.length);
    const due = outcome.is === 'stored' ? outcome.due : [];
    expect(due.map(({ dueAt, packetIds }) => [dueAt, packetIds.length])).toEqual([
      [now(), different.length - 1],
      [at, 1],
    ]);
  });

  it('a report about one message of a shared packet completes that message alone', async () => {
    await given({ m1: [A], m2: [B] });
    const packet = await store.claimOne();
    await store.accept(packet);
    await store.report(packet.packetId, { [B]: '3' });
    expect(await completed()).toEqual(['m2']);
    await store.report(packet.packetId, { [A]: '4' });
    await store.report(packet.packetId, { [A]: '4', [B]: '3' });
    expect(await completed()).toEqual(['m2', 'm1']);
    expect(
      await store.rows("SELECT message_id, phone FROM sms_pro_event WHERE name LIKE 'recipient.%' ORDER BY event_seq"),
    ).toEqual([
      { message_id: 'm2', phone: B },
      { message_id: 'm1', phone: A },
    ]);
  });

  it('events know their campaign', async () => {
    await given({ m1: [A] });
    await store.accept(await store.claimOne());
    const [event] = await store.events.claimEvents('p', now(), 1_000, 10);
    expect(event).toMatchObject({ name: 'packet.accepted', messageId: 'm1', campaignId: CAMPAIGN });
  });

  describe('a message that is canceled', () => {
    it('leaves a queued packet that it shares, and the others go on in a new one when they were due', async () => {
      const sendAt = now() + 60_000;
      await given({ m1: [A], m2: [B], m3: [C] }, { sendAt });
      expect(await store.cancels.cancel('m1', now())).toEqual({ canceled: 1, tooLate: 0 });
      expect(await store.statuses('m1')).toEqual([`${A} canceled`]);
      expect(await store.statuses('m2')).toEqual([`${B} queued`]);
      expect(await store.claim()).toEqual([]);
      store.clock.advance(60_000);
      const packet = await store.claimOne();
      expect(packet).toMatchObject({ phones: [B, C], messageId: 'm2', text: 'Hello' });
      await store.accept(packet);
      await store.report(packet.packetId, { [B]: '3', [C]: '3' });
      expect(await completed()).toEqual(expect.arrayContaining(['m1', 'm2', 'm3']));
      expect(await completed()).toHaveLength(3);
      expect(await store.rows('SELECT reason FROM sms_pro_packet WHERE state = ?', ['canceled'])).toEqual([
        { reason: 'canceled' },
      ]);
      expect(await store.rows('SELECT SUM(open_recipients) AS open FROM sms_pro_packet')).toEqual([{ open: 0 }]);
    });

    it('comes too late in a packet on its way, which goes on for the others', async () => {
      await given({ m1: [A], m2: [B] });
      const packet = await store.claimOne();
      expect(await store.cancels.cancel('m1', now())).toEqual({ canceled: 0, tooLate: 1 });
      await store.settles.settle(packet, NOT_SENT, attempt(now()), now());
      // It was not sent after all: the other's phone goes out, and the canceled one's does not.
      expect(await store.statuses('m1')).toEqual([`${A} canceled`]);
      const again = await store.claimOne();
      expect(again).toMatchObject({ phones: [B], cancelRequested: false });
      await store.accept(again);
      await store.report(again.packetId, { [B]: '3' });
      expect((await completed()).toSorted()).toEqual(['m1', 'm2']);
    });

    it('a packet on its way, all of whose messages are canceled one by one, is not repeated', async () => {
      await given({ m1: [A], m2: [B] });
      const packet = await store.claimOne();
      expect(await store.cancels.cancel('m1', now())).toEqual({ canceled: 0, tooLate: 1 });
      expect(await store.cancels.cancel('m2', now())).toEqual({ canceled: 0, tooLate: 1 });
      await store.settles.settle(packet, NOT_SENT, attempt(now()), now());
      expect(await store.claim()).toEqual([]);
      expect([...(await store.statuses('m1')), ...(await store.statuses('m2'))]).toEqual([
        `${A} canceled`,
        `${B} canceled`,
      ]);
      expect((await completed()).toSorted()).toEqual(['m1', 'm2']);
    });

    it('still marks a packet on its way that is its own alone', async () => {
      await given({ m1: [A, B] });
      const packet = await store.claimOne();
      expect(await store.cancels.cancel('m1', now())).toEqual({ canceled: 0, tooLate: 2 });
      await store.settles.settle(packet, NOT_SENT, attempt(now()), now());
      expect(await store.statuses('m1')).toEqual([`${A} canceled`, `${B} canceled`]);
      expect(await completed()).toEqual(['m1']);
    });

    it('counts its own recipients of an accepted packet, and no others', async () => {
      await given({ m1: [A], m2: [B, C] });
      await store.accept(await store.claimOne());
      expect(await store.cancels.cancel('m1', now())).toEqual({ canceled: 0, tooLate: 1 });
    });

    it('does not take the text that the others still need', async () => {
      await given({ m1: [A], m2: [B] }, { sensitive: true, textDigest: 'digest' });
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

  it('a shared packet that is split gives each new packet a text, and erases every sensitive one at its end', async () => {
    await given({ m1: [A], m2: [B] }, { sensitive: true, textDigest: 'digest' });
    const first = await store.claimOne();
    const held = { dueAt: now(), triedAt: now(), cause: 'status 7', gatewayStatus: '7', held: HeldRefusal.parse('7') };
    await store.settles.settle(
      first,
      { change: { to: 'uncertain', ...held }, certainlyNotSent: false, refused: false },
      attempt(now()),
      now(),
    );
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
    expect(await completed()).toEqual(['m1', 'm2']);
    expect((await store.campaigns.counts(CAMPAIGN)).counts).toMatchObject({ delivered: 2, queued: 0 });
  });

  it('a canceled message of a shared packet that is split goes no further, and the others do', async () => {
    await given({ m1: [A], m2: [B], m3: [C] });
    const held = { dueAt: now(), triedAt: now(), cause: 'status 7', gatewayStatus: '7', held: HeldRefusal.parse('7') };
    const uncertain = { change: { to: 'uncertain', ...held }, certainlyNotSent: false, refused: false } as const;
    await store.settles.settle(await store.claimOne(), uncertain, attempt(now()), now());
    expect(await store.cancels.cancel('m2', now())).toEqual({ canceled: 0, tooLate: 1 });
    const probed = await store.claimOne();
    const parts = { kept: [], groups: [[A], [B, C]] };
    expect(await store.replace(probed, parts, now())).toBe(true);
    expect(await store.statuses('m2')).toEqual([`${B} canceled`]);
    expect((await store.claim(10)).flatMap(({ phones }) => phones).toSorted()).toEqual([A, C]);
    expect(await completed()).toEqual(['m2']);
  });

  it('a new packet that comes back leaves out who was taken under the old id, also where another message is canceled', async () => {
    await given({ m1: [A], m2: [B], m3: [C] });
    const old = await store.claimOne();
    const lost = { dueAt: now(), triedAt: now(), cause: 'timeout', gatewayStatus: null, held: null };
    const uncertain = { change: { to: 'uncertain', ...lost }, certainlyNotSent: false, refused: false } as const;
    await store.settles.settle(old, uncertain, attempt(now()), now());
    const parts = { kept: [], groups: [[A, B, C]] };
    await store.replace(await store.claimOne(), parts, now());
    const child = await store.claimOne();
    await store.cancels.cancel('m1', now());
    await store.report(old.packetId, { [B]: '1' });
    await store.settles.settle(child, NOT_SENT, attempt(now()), now());
    expect((await store.claimOne()).phones).toEqual([C]);
    expect(await store.statuses('m1')).toEqual([`${A} canceled`]);
    expect(await store.statuses('m2')).toEqual([`${B} sent`]);
  });

  it('a shared packet that expires ends each of its messages once', async () => {
    await given({ m1: [A], m2: [B] }, { deadlineAt: now() + 1_000 });
    store.clock.advance(1_000);
    await store.sweeps.expireQueued(now(), 10);
    expect((await completed()).toSorted()).toEqual(['m1', 'm2']);
    expect(await store.statuses('m2')).toEqual([`${B} expired`]);
  });

  it('what no report comes for is given up for each message of the packet', async () => {
    await given({ m1: [A], m2: [B] });
    const packet = await store.claimOne();
    await store.accept(packet);
    await store.report(packet.packetId, { [A]: '3' });
    expect(await store.polls.giveUp(packet.packetId, now())).toBe(1);
    expect(await completed()).toEqual(['m1', 'm2']);
  });

  it('misses nobody whose packet is replaced while they are counted', async () => {
    // The same phone again and again: each time in a packet of its own.
    const many = 250;
    await given(Object.fromEntries(Array.from({ length: many }, (_, at) => [`m${at}`, [A]])));
    const held = { dueAt: now(), triedAt: now(), cause: 'status 7', gatewayStatus: '7', held: HeldRefusal.parse('7') };
    const uncertain = { change: { to: 'uncertain', ...held }, certainlyNotSent: false, refused: false } as const;
    for (const packet of await store.claim(many)) await store.settles.settle(packet, uncertain, attempt(now()), now());
    const probed = await store.claim(many);
    // Between two parts of the count, where it is counted in parts: all of them, also those that were not yet counted.
    const read = store.database.read.bind(store.database);
    let reads = 0;
    jest.spyOn(store.database, 'read').mockImplementation(async (work) => {
      const answer = await read(work);
      reads += 1;
      if (reads === 2) {
        for (const packet of probed) {
          const parts = { kept: [], groups: [packet.phones] };
          await store.replace(packet, parts, now());
        }
      }
      return answer;
    });
    const { counts } = await store.campaigns.counts(CAMPAIGN);
    expect(Object.values(counts).reduce((sum, amount) => sum + amount, 0)).toBe(many);
  });

  it('counts recipients where they stand, and a test’s end at accepted', async () => {
    await given({ m1: [A], m2: [B] });
    const packet = await store.claimOne();
    await store.accept(packet);
    await store.report(packet.packetId, { [A]: '3' });
    await store.campaigns.begin('tests', null, now());
    await store.chunks.store(chunk([message('m3', [C], { test: true })], { campaignId: 'tests' }), RULES);
    expect(await store.campaigns.counts('tests')).toMatchObject({ counts: { queued: 1 }, open: 1 });
    await store.accept(await store.claimOne());
    expect(await store.campaigns.counts(CAMPAIGN)).toMatchObject({ counts: { delivered: 1, accepted: 1 }, open: 1 });
    expect(await store.campaigns.counts('tests')).toMatchObject({ counts: { accepted: 1 }, open: 0 });
  });

  describe('a chunk', () => {
    it('is stored only where the campaign stands that its run knows', async () => {
      const part = (from: number, to: number, isLast = false) =>
        store.chunks.store(chunk([message(`m${from}`, [A])], { from, to, isLast }), RULES);
      expect(await part(0, 1)).toMatchObject({ is: 'stored' });
      expect(await part(0, 1)).toEqual({ is: 'overtaken' });
      expect(await part(1, 2, true)).toMatchObject({ is: 'stored' });
      expect(await part(2, 3)).toEqual({ is: 'overtaken' });
      expect(await campaign()).toMatchObject({ consumed: 2, messages: 2, state: 'stored' });
    });

    it('is stored once where two runs store it at the same time', async () => {
      const both = await Promise.all(
        ['m1', 'm2'].map((messageId) => store.chunks.store(chunk([message(messageId, [A])]), RULES)),
      );
      expect(both.map(({ is }: ChunkOutcome) => is).toSorted()).toEqual(['overtaken', 'stored']);
      expect(await store.rows('SELECT COUNT(*) AS amount FROM sms_pro_recipient')).toEqual([{ amount: 1 }]);
    });

    it('of a canceled campaign is not stored', async () => {
      await store.campaignCancels.close(CAMPAIGN, now());
      expect(await given({ m1: [A] })).toEqual({ is: 'canceled' });
      expect(await packets()).toEqual([]);
    });

    it('keeps what was rejected, in order, up to a thousand', async () => {
      const rejected = (index: number) => ({ index, issues: [{ path: 'to', message: `fault ${index}` }] });
      const first = Array.from({ length: 999 }, (_, index) => rejected(index));
      await store.chunks.store(chunk([], { to: 999, rejected: first, isLast: false }), RULES);
      await store.chunks.store(
        chunk([], { from: 999, to: 1_002, rejected: [999, 1_000, 1_001].map(rejected), rejectedBefore: first }),
        RULES,
      );
      expect(await campaign()).toMatchObject({ rejected: 1_002, consumed: 1_002, messages: 0 });
      expect((await campaign())?.rejections).toEqual([...first, rejected(999)]);
    });
  });

  describe('keys of requests', () => {
    const keyed = (messageId: string, key: string, text: string, index: number) =>
      message(messageId, [A], { index, text, idempotency: { key, fingerprint: 'f' } });

    it('store a request once, within a chunk and over chunks and send()', async () => {
      await store.given({ a00000000001: [A] }, { idempotency: { key: 'k0', fingerprint: 'f' }, text: 'zero' });
      const outcome = await store.chunks.store(
        chunk([
          keyed('m0', 'k0', 'zero', 0),
          keyed('m1', 'k1', 'one', 1),
          keyed('m2', 'k1', 'one', 2),
          keyed('m3', 'k1', 'other', 3),
          keyed('m4', 'k0', 'other', 4),
          message('m5', [B], { index: 5 }),
        ]),
        RULES,
      );
      expect(outcome).toMatchObject({ is: 'stored', messages: 2, rejected: [{ index: 3 }, { index: 4 }] });
      const stored = await store.rows('SELECT message_id FROM sms_pro_message ORDER BY message_id');
      expect(stored.map((row) => row['message_id'])).toEqual(['m1', 'm5', 'message-1']);
      expect(await campaign()).toMatchObject({ consumed: 6, messages: 2, rejected: 2 });
    });

    it('of another request stop the chunk where they are to, with nothing stored and no key taken', async () => {
      const strict = { ...RULES, stopAtConflict: true };
      const messages = [keyed('m1', 'k1', 'one', 0), keyed('m2', 'k2', 'two', 1), keyed('m3', 'k1', 'other', 2)];
      expect(await store.chunks.store(chunk(messages), strict)).toEqual({ is: 'conflict', index: 2 });
      expect(await store.rows('SELECT * FROM sms_pro_idempotency')).toEqual([]);
      expect(await campaign()).toMatchObject({ consumed: 0, state: 'running' });
    });
  });

  describe('a campaign that is canceled', () => {
    const cancelAll = async () => {
      const steps: number[] = [];
      for (let before = 0; ;) {
        if (await store.campaignCancels.cancelSome(CAMPAIGN, now())) return steps;
        const canceled = await store.campaignCancels.countCanceled(CAMPAIGN);
        steps.push(canceled - before);
        before = canceled;
      }
    };

    it('ends what is queued in bounded steps, each message once', async () => {
      const phones = Array.from({ length: 1_050 }, (_, at) => `99655${String(at).padStart(7, '0')}`);
      await given(Object.fromEntries(phones.map((phone, at) => [`m${at}`, [phone]])));
      expect(await store.campaignCancels.close(CAMPAIGN, now())).toBe(true);
      expect(await cancelAll()).toEqual([500, 500, 50]);
      expect(await completed()).toHaveLength(1_050);
      expect(await store.campaigns.counts(CAMPAIGN)).toMatchObject({ counts: { canceled: 1_050 }, open: 0 });
      expect(await campaign()).toMatchObject({ state: 'canceled', canceledAt: new Date(now()) });
    });

    it('does not repeat what is on its way, which ends canceled if it was never sent', async () => {
      await given({ m1: [A], m2: [B] });
      const packet = await store.claimOne();
      await store.campaignCancels.close(CAMPAIGN, now());
      // One step marks it, and the next finds nothing.
      expect(await cancelAll()).toEqual([0]);
      expect(await store.campaignCancels.countTooLate(CAMPAIGN)).toBe(2);
      await store.settles.settle(packet, NOT_SENT, attempt(now()), now());
      expect(await store.statuses('m2')).toEqual([`${B} canceled`]);
    });

    it('sends nothing more from the moment it is canceled, however long it takes to end what waits', async () => {
      await given({ m1: [A], m2: [B] });
      await given({ m3: [C] }, { text: 'Another' });
      const returned = await store.claimOne();
      await store.campaignCancels.close(CAMPAIGN, now());
      // Not one step further: the process may have died here.
      await store.settles.settle(returned, NOT_SENT, attempt(now()), now());
      expect(await store.statuses('m1')).toEqual([`${A} canceled`]);
    });

    it('a packet of it that a worker takes up is known to be canceled, and not repeated', async () => {
      await given({ m1: [A] });
      await store.campaignCancels.close(CAMPAIGN, now());
      const packet = await store.claimOne();
      expect(packet.cancelRequested).toBe(true);
      const lost = { dueAt: now(), triedAt: now(), cause: 'timeout', gatewayStatus: null, held: null };
      const uncertain = { change: { to: 'uncertain', ...lost }, certainlyNotSent: false, refused: false } as const;
      await store.settles.settle(packet, uncertain, attempt(now()), now());
      expect(await store.claims.beginRepeat(await store.claimOne(), now(), 60_000)).toBeNull();
    });

    it('of nobody is not known', async () => {
      expect(await store.campaignCancels.close('another', now())).toBe(false);
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
    await store.chunks.store(
      chunk(
        texts.map((text, at) => message(`m${at}`, [A], { text, reference: at % 2 === 0 ? null : text, index: at })),
      ),
      RULES,
    );
    const rows = await store.rows('SELECT text, reference FROM sms_pro_message');
    expect(rows.map((row) => row['text']).toSorted()).toEqual(texts.toSorted());
    expect(rows.filter((row) => row['reference'] === null)).toHaveLength(15);
  });
});
