import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testDatabases } from '../../../../test/support/test-databases.js';
import type { SmsProBulkStoppedError } from './bulk-stopped.error.js';
import { HandFed, phoneOf, ProgressEar, requestsTo, stopOf, TestBulk } from './bulk.fixture.js';

describe.each(await testDatabases())('the key of a sendBulk run on $name', (database) => {
  let bulk: TestBulk;

  beforeEach(async () => {
    bulk = await TestBulk.on(database);
  });

  afterEach(async () => {
    await bulk.close();
  });

  it('resumes under its key once the request that stopped it is fixed', async () => {
    const broken = requestsTo(250);
    broken[130] = { to: 'nobody', text: 'Hello' };
    const options = { idempotencyKey: 'spring', onInvalid: 'stop' } as const;
    const { receipt } = await stopOf(bulk.send(broken, options));
    const resumed = await bulk.send(requestsTo(250), options);
    expect(resumed).toMatchObject({ campaignId: receipt.campaignId, messages: 250, duplicate: false });
    expect(await bulk.phones()).toEqual(Array.from({ length: 250 }, (_, at) => phoneOf(at)));
  });

  it('gives the receipt back for the same key and source, and stores nothing more', async () => {
    const requests = [...requestsTo(150), { to: '1', text: 'x' }];
    const first = await bulk.send(requests, { idempotencyKey: 'spring' });
    const again = await bulk.send(requests, { idempotencyKey: 'spring' });
    expect(again).toEqual({ ...first, duplicate: true });
    expect(again.rejected).toHaveLength(1);
    expect(await bulk.amountOf('sms_pro_recipient')).toBe(150);
  });

  it.each([
    ['differs', () => requestsTo(150, { text: 'Autumn sale' }), /does not begin with the 150 items/],
    ['is shorter', () => requestsTo(149), /ends after 149 items, and 150 were stored/],
    ['is longer', () => requestsTo(151), /has more than the 150 items/],
    ['is in another order', () => requestsTo(150).toReversed(), /does not begin with the 150 items/],
  ])('refuses a key whose source %s', async (_what, source, words) => {
    await bulk.send(requestsTo(150), { idempotencyKey: 'spring' });
    const run = bulk.send(source(), { idempotencyKey: 'spring' });
    await expect(run).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT', message: expect.stringMatching(words) });
    expect(await bulk.amountOf('sms_pro_recipient')).toBe(150);
  });

  it('resumes with instants that a source counts from now', async () => {
    const source = (validUntil: number, last: number) => requestsTo(last, { validUntil: new Date(validUntil) });
    const now = bulk.store.clock.now();
    const faulty = [...source(now + 60_000, 120), { to: 'nobody', text: 'x' }];
    await stopOf(bulk.send(faulty, { idempotencyKey: 'k', onInvalid: 'stop' }));
    expect(await bulk.send(source(now + 90_000, 130), { idempotencyKey: 'k' })).toMatchObject({ messages: 130 });
  });

  it('two runs of one key at once store each request once', async () => {
    const runs = await Promise.allSettled([1, 2].map(() => bulk.send(requestsTo(450), { idempotencyKey: 'spring' })));
    const stopped = runs.filter((run) => run.status === 'rejected').map((run) => run.reason as SmsProBulkStoppedError);
    for (const { stoppedBy } of stopped) expect(stoppedBy).toBe('another-run');
    expect(stopped.length).toBeLessThan(2);
    expect(await bulk.phones()).toEqual(Array.from({ length: 450 }, (_, at) => phoneOf(at)));
  });

  it('honours the keys of its requests', async () => {
    const keyed = (at: number, text: string) => ({ to: phoneOf(at), text, idempotencyKey: `key-${at}` });
    await bulk.send([keyed(1, 'one'), keyed(2, 'two')]);
    const receipt = await bulk.send([keyed(1, 'one'), keyed(3, 'three'), keyed(2, 'other'), keyed(3, 'three')]);
    expect(receipt).toMatchObject({ messages: 1, duplicates: 2, rejectedTotal: 1 });
    expect(receipt.rejected).toEqual([{ index: 2, issues: [expect.objectContaining({ path: 'idempotencyKey' })] }]);
    const strict = await stopOf(bulk.send([keyed(4, 'four'), keyed(1, 'other')], { onInvalid: 'stop' }));
    expect(strict).toMatchObject({ stoppedBy: 'invalid-request', receipt: { messages: 0 } });
    expect(await bulk.phones()).toEqual([1, 2, 3].map(phoneOf));
  });

  it('a canceled campaign ends its run, takes back what is queued, and cannot be resumed', async () => {
    const source = new HandFed();
    const ear = new ProgressEar();
    const run = stopOf(bulk.send(source, { onProgress: ear.hear, idempotencyKey: 'spring' }));
    source.give(...requestsTo(100));
    await ear.until(100);
    const campaignId = ear.heard[0]?.campaignId ?? '';
    expect(await bulk.campaigns.cancel(campaignId)).toEqual({ canceled: 100, tooLate: 0 });
    source.give(...requestsTo(100));
    expect(await run).toMatchObject({ stoppedBy: 'canceled', receipt: { messages: 100 } });
    expect(source.closed).toBe(true);
    expect(await bulk.campaigns.status(campaignId)).toMatchObject({
      state: 'canceled',
      counts: { canceled: 100, queued: 0 },
      completed: true,
    });
    expect(await bulk.campaigns.cancel(campaignId)).toEqual({ canceled: 0, tooLate: 0 });
    const again = await stopOf(bulk.send(requestsTo(300), { idempotencyKey: 'spring' }));
    expect(again.stoppedBy).toBe('canceled');
    expect(await bulk.amountOf('sms_pro_recipient')).toBe(100);
  });
});
