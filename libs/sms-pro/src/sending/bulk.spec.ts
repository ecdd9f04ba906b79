import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testDatabases } from '../../../../test/support/test-databases.js';
import { SmsProInputError } from '../errors/sms-pro.errors.js';
import type { SendSmsRequest } from './send-sms.request.js';
import { HandFed, phoneOf, ProgressEar, requestsTo, stopOf, TestBulk } from './bulk.fixture.js';

describe.each(await testDatabases())('sendBulk on $name', (database) => {
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

  it('reports a bad request with its index, and sends the others', async () => {
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
});
