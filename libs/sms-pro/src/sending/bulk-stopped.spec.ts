import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { HandFed, ProgressEar, requestsTo, stopOf, TestBulk } from './bulk.fixture.js';

describe('a run that ends early', () => {
  let bulk: TestBulk;

  beforeEach(async () => {
    bulk = await TestBulk.open();
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
