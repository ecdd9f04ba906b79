import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { testDatabases } from '../../../../test/support/test-databases.js';
import { SmsProInputError } from '../errors/sms-pro.errors.js';
import { BulkSender } from './bulk-sender.js';
import { SmsProBulkStoppedError } from './bulk-stopped.error.js';
import { HandFed, phoneOf, ProgressEar, requestsTo, TestBulk } from './bulk.fixture.js';
import type { SendSmsRequest } from './send-sms.request.js';

const DATABASES = await testDatabases();
const [SQLITE] = DATABASES;
if (SQLITE === undefined) throw new Error('SQLite is always there.');

jest.setTimeout(60_000);

/** What a run ended with. */
async function stopOf(run: Promise<unknown>): Promise<SmsProBulkStoppedError> {
  try {
    await run;
  } catch (error) {
    if (error instanceof SmsProBulkStoppedError) return error;
    throw error;
  }
  throw new Error('The run went on to its end.');
}

describe.each(DATABASES)('sendBulk on $name', (database) => {
  let bulk: TestBulk;

  beforeEach(async () => {
    bulk = await TestBulk.on(database);
  });

  afterEach(async () => {
    await bulk.close();
  });

  it('stores one text to many in full packets, and wakes what is due', async () => {
    const receipt = await bulk.send(requestsTo(275));
    expect(receipt).toEqual({
      campaignId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      messages: 275,
      recipients: 275,
      segments: 275,
      rejected: [],
      rejectedTotal: 0,
      duplicates: 0,
      duplicate: false,
    });
    const packets = await bulk.store.rows('SELECT recipients, priority, campaign_id FROM sms_pro_packet');
    expect(packets.map((row) => row['recipients']).toSorted()).toEqual([25, 50, 50, 50, 50, 50]);
    // A campaign is the least urgent unless it says otherwise.
    expect(new Set(packets.map((row) => row['priority']))).toEqual(new Set([2]));
    expect(packets[0]?.['campaign_id']).toBe(receipt.campaignId);
    expect(bulk.woken.flatMap(({ packetIds }) => packetIds)).toHaveLength(6);
    expect(await bulk.phones()).toEqual(Array.from({ length: 275 }, (_, at) => phoneOf(at)));
    expect(await bulk.campaigns.status(receipt.campaignId)).toMatchObject({
      state: 'stored',
      counts: { queued: 275 },
      open: 275,
      completed: false,
      storedAt: new Date(bulk.store.clock.now()),
    });
  });

  it('takes arrays, generators, streams and cursors', async () => {
    async function* cursor() {
      yield* requestsTo(3);
    }
    function* generator() {
      yield* requestsTo(3);
    }
    const sources = [requestsTo(3), new Set(requestsTo(3)), generator(), cursor(), Readable.from(requestsTo(3))];
    for (const source of sources) expect(await bulk.send(source)).toMatchObject({ messages: 3, recipients: 3 });
    expect(await bulk.send([])).toMatchObject({ messages: 0, recipients: 0 });
    expect(await bulk.amountOf('sms_pro_message')).toBe(15);
  });

  it('reports a bad request with its place, and sends the others', async () => {
    const requests: unknown[] = requestsTo(250);
    requests[7] = { to: '12345', text: 'Hello' };
    requests[120] = { to: [], text: '', colour: 'red' };
    requests[121] = null;
    requests[122] = new SmsProInputError([{ path: 'line', message: 'has 1 column' }]);
    requests[200] = { to: phoneOf(200), text: 'Hello', reference: 'a\0b' };
    const receipt = await bulk.send(requests as SendSmsRequest[]);
    expect(receipt).toMatchObject({ messages: 245, rejectedTotal: 5 });
    expect(receipt.rejected.map(({ index }) => index)).toEqual([7, 120, 121, 122, 200]);
    expect(receipt.rejected[0]?.issues).toEqual([{ path: 'to', message: expect.stringContaining('5 digits') }]);
    expect(receipt.rejected[1]?.issues.map(({ path }) => path)).toEqual(['colour', 'to', 'text']);
    expect(receipt.rejected[3]?.issues).toEqual([{ path: 'line', message: 'has 1 column' }]);
    expect(JSON.stringify(receipt)).not.toContain('12345');
  });

  it('stops before a bad request where it is told to, with all before it stored', async () => {
    const requests = requestsTo(250);
    requests[130] = { to: 'nobody', text: 'Hello' };
    const stopped = await stopOf(bulk.send(requests, { onInvalid: 'stop' }));
    expect(stopped).toMatchObject({ code: 'BULK_STOPPED', stoppedBy: 'invalid-request', retryable: false });
    expect(stopped.cause).toMatchObject({ issues: [{ path: 'requests[130].to' }] });
    expect(stopped.receipt).toMatchObject({ messages: 130 });
    expect(await bulk.phones()).toHaveLength(130);
  });

  it('resumes under its key once the request that stopped it is mended', async () => {
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
    ['is longer', () => requestsTo(151), /goes on after the 150 items/],
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

  it('a slow source keeps no request waiting', async () => {
    const quick = await TestBulk.on(database, { maxWaitMs: 20 });
    const source = new HandFed();
    const ear = new ProgressEar();
    const run = quick.send(source, { onProgress: ear.hear });
    source.give(...requestsTo(3));
    await ear.until(3);
    expect(await quick.phones()).toHaveLength(3);
    source.give(...requestsTo(2, { text: 'More' }));
    await ear.until(5);
    source.end();
    expect(await run).toMatchObject({ messages: 5 });
    await quick.close();
  });

  it('tells its id before it reads, then how far it is', async () => {
    const ear = new ProgressEar();
    const { campaignId } = await bulk.send(requestsTo(250), { onProgress: ear.hear });
    expect(ear.heard.map(({ consumed }) => consumed)).toEqual([0, 100, 200, 250]);
    expect(ear.heard.at(-1)).toMatchObject({ campaignId, messages: 250, recipients: 250, rejected: 0 });
    expect(ear.heard.at(-1)?.recipientsPerSecond).toBeGreaterThan(0);
  });

  it('reads no further ahead than the part that comes next', async () => {
    let stored = 0;
    let furthest = 0;
    function* source() {
      for (const [at, request] of requestsTo(1_000).entries()) {
        furthest = Math.max(furthest, at + 1 - stored);
        yield request;
      }
    }
    await bulk.send(source(), {
      onProgress: ({ consumed }) => {
        stored = consumed;
      },
    });
    expect(stored).toBe(1_000);
    // One part that is being stored, and one that is read meanwhile.
    expect(furthest).toBeLessThanOrEqual(200);
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

describe('a run that ends early', () => {
  let bulk: TestBulk;

  beforeEach(async () => {
    bulk = await TestBulk.on(SQLITE);
  });

  afterEach(async () => {
    await bulk.close();
  });

  it('by its signal stops at once, also while the source is silent, and closes the source', async () => {
    const source = new HandFed();
    const ear = new ProgressEar();
    const controller = new AbortController();
    const run = stopOf(bulk.send(source, { signal: controller.signal, onProgress: ear.hear, idempotencyKey: 'k' }));
    source.give(...requestsTo(100));
    await ear.until(100);
    const reason = new Error('Enough.');
    controller.abort(reason);
    const stopped = await run;
    expect(stopped).toMatchObject({ stoppedBy: 'signal', retryable: true, receipt: { messages: 100 } });
    expect(stopped.cause).toBe(reason);
    expect(source.closed).toBe(true);
    expect(await bulk.send(requestsTo(130), { idempotencyKey: 'k' })).toMatchObject({ messages: 130 });
  });

  it('by a signal that was aborted before stores nothing', async () => {
    await expect(bulk.send(requestsTo(1), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect(await bulk.amountOf('sms_pro_campaign')).toBe(0);
  });

  it('by its source, sync or async, names the cause and keeps what is stored', async () => {
    const broken = new Error('The file ended in the middle.');
    function* source() {
      yield* requestsTo(150);
      throw broken;
    }
    async function* slowSource() {
      yield* source();
    }
    for (const failing of [source(), slowSource()]) {
      const stopped = await stopOf(bulk.send(failing));
      expect(stopped).toMatchObject({ stoppedBy: 'source', receipt: { messages: 100 } });
      expect(stopped.cause).toBe(broken);
      expect(stopped.message).not.toContain(broken.message);
    }
  });

  it('by its own onProgress says so', async () => {
    const onProgress = () => {
      throw new Error('No.');
    };
    expect(await stopOf(bulk.send(requestsTo(1), { onProgress }))).toMatchObject({ stoppedBy: 'on-progress' });
  });

  it('by an onProgress that rejects says so too, and the process goes on', async () => {
    const onProgress = async () => {
      await Promise.resolve();
      throw new Error('No.');
    };
    expect(await stopOf(bulk.send(requestsTo(1), { onProgress }))).toMatchObject({ stoppedBy: 'on-progress' });
  });

  it('is not to be tried again as it is where it has no key, since what is stored would go out twice', async () => {
    const ear = new ProgressEar();
    const source = new HandFed();
    const controller = new AbortController();
    const run = stopOf(bulk.send(source, { onProgress: ear.hear, signal: controller.signal }));
    source.give(...requestsTo(100));
    await ear.until(100);
    controller.abort();
    const stopped = await run;
    expect(stopped).toMatchObject({ stoppedBy: 'signal', retryable: false, receipt: { messages: 100 } });
    expect(stopped.message).toContain('cancelCampaign()');
  });

  it('by a shutdown has the part that was being stored, and a new run is refused', async () => {
    const source = new HandFed();
    const ear = new ProgressEar();
    const run = stopOf(bulk.send(source, { onProgress: ear.hear }));
    source.give(...requestsTo(100));
    await ear.until(100);
    await bulk.sender.stop();
    expect(await run).toMatchObject({ stoppedBy: 'shutdown', receipt: { messages: 100 } });
    await expect(bulk.send(requestsTo(1))).rejects.toMatchObject({ code: 'SHUTTING_DOWN' });
  });

  it('by its database names the cause, and can be tried again', async () => {
    const ear = new ProgressEar();
    const source = new HandFed();
    const run = stopOf(bulk.send(source, { onProgress: ear.hear, idempotencyKey: 'k' }));
    source.give(...requestsTo(100));
    await ear.until(100);
    await bulk.store.dataSource.query('ALTER TABLE sms_pro_recipient RENAME TO away');
    source.give(...requestsTo(100));
    expect(await run).toMatchObject({ stoppedBy: 'store', retryable: true, cause: { code: 'STORE' } });
    await bulk.store.dataSource.query('ALTER TABLE away RENAME TO sms_pro_recipient');
    expect(await bulk.send(requestsTo(200), { idempotencyKey: 'k' })).toMatchObject({ messages: 200 });
  });
});

describe('arguments of sendBulk', () => {
  const { send } = BulkSender.prototype;
  const faults = async (requests: unknown, options: unknown = {}) => {
    try {
      await send.call(Object.create(BulkSender.prototype), requests as SendSmsRequest[], options as object);
    } catch (error) {
      if (error instanceof SmsProInputError) return error.message;
      throw error;
    }
    return '';
  };

  it.each([
    ['a string', '996555000001,Hello', /requests is a string: give an array/],
    ['one request', { to: '996555000001', text: 'Hello' }, /is one request: use send\(\)/],
    ['nothing', undefined, /is missing: give an array/],
    ['bytes', Buffer.from('phone,text'), /is bytes: parse them/],
    ['an object', { rows: [] }, /is not iterable: give an array/],
  ])('that are %s are refused with the remedy', async (_what, requests, words) => {
    expect(await faults(requests)).toMatch(words);
  });

  it('that are no options are refused by name', async () => {
    const options = { idempotencyKey: '', signal: {}, onProgress: 1, onInvalid: 'ignore', concurrency: 4 };
    const message = await faults([], options);
    expect(message).toMatch(/5 faults/);
    for (const name of Object.keys(options)) expect(message).toContain(name);
  });
});

describe('a long source', () => {
  const AMOUNT = 200_000;
  /** The source held whole would be more than three times as much. */
  const MAX_BYTES = 40 * 1024 * 1024;

  /** Bytes that are in use, and not those that wait to be collected. */
  const heapInUse = () => {
    setFlagsFromString('--expose-gc');
    const collect: unknown = runInNewContext('gc');
    if (typeof collect === 'function') collect();
    return process.memoryUsage().heapUsed;
  };

  it('is never held: the heap stays where it is', async () => {
    const bulk = await TestBulk.on(SQLITE, { limits: { items: 1_000, recipients: 500, characters: 1_000_000 } });
    function* source() {
      for (let at = 0; at < AMOUNT; at += 1) {
        yield {
          to: phoneOf(at),
          text: 'Spring sale',
          metadata: { note: JSON.stringify({ at, words: 'x'.repeat(300) }) },
        };
      }
    }
    const before = heapInUse();
    let most = 0;
    const { recipients } = await bulk.send(source(), {
      onProgress: ({ consumed }) => {
        if (consumed % 20_000 === 0) most = Math.max(most, heapInUse() - before);
      },
    });
    expect(recipients).toBe(AMOUNT);
    expect(most).toBeLessThan(MAX_BYTES);
    await bulk.close();
  });
});
