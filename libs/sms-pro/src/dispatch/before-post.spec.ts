import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { found, lost, notFound } from './scripted-gateway.fixture.js';
import { TestDispatch } from './worker.fixture.js';

const A = '996555000001';
const B = '996555000002';
const P = 'a00000000001';

describe('a claimed packet, before its POST', () => {
  let test: TestDispatch;

  beforeEach(async () => {
    test = await TestDispatch.open();
  });

  afterEach(async () => {
    await test.close();
  });

  it('a message whose validity ends before its POST is not sent', async () => {
    const validUntil = test.store.clock.now() + 1_000;
    await test.store.given({ [P]: [A] }, { validUntil, deadlineAt: validUntil });
    test.store.clock.advance(1_000);
    // No sweep first: the worker itself looks at the last moment.
    await test.dispatcher.dispatch();
    await test.dispatcher.idle();
    expect(test.posts).toEqual([]);
    expect((await test.store.messages.find('message-1'))?.recipients).toMatchObject([
      { status: 'expired', reason: 'validity' },
    ]);
  });

  it('a validity that ends while the lease is renewed is seen before the POST', async () => {
    const validUntil = test.store.clock.now() + 29_000;
    await test.store.given({ [P]: [A] }, { validUntil, deadlineAt: validUntil });
    const claimedAt = test.store.clock.mark();
    const slow = await test.store.claimOne('slow');
    test.store.clock.advance(30_000);
    await test.worker.work(slow, claimedAt, () => true);
    expect(test.posts).toEqual([]);
    expect(await test.store.statuses()).toEqual([`${A} expired`]);
  });

  it('a worker that stalls between claim and POST until its lease is gone sends nothing', async () => {
    await test.store.given({ [P]: [A] });
    const claimedAt = test.store.clock.mark();
    const stalled = await test.store.claimOne('stalled');
    test.store.clock.advance(60_000);
    await test.run();
    await test.pass(5_000);
    test.onProbe = [found(A)];
    await test.worker.work(stalled, claimedAt, () => true);
    expect(test.posts).toEqual([]);
  });

  it('a worker that is merely slow renews its lease before it sends', async () => {
    await test.store.given({ [P]: [A] });
    const claimedAt = test.store.clock.mark();
    const slow = await test.store.claimOne('slow');
    test.store.clock.advance(30_000);
    await test.worker.work(slow, claimedAt, () => true);
    expect(test.posts).toHaveLength(1);
    expect(await test.store.state(P)).toBe('accepted');
  });

  it('verifyFirst asks before the first POST: what the gateway knows is not sent again', async () => {
    test = await test.reopen({ verifyFirst: true });
    await test.store.given({ [P]: [A], b00000000001: [B] });
    test.onProbe = [(packetId) => (packetId === P ? found(A)() : notFound())];
    await test.run();
    expect(test.posts.map(({ id }) => id)).toEqual(['b00000000001']);
    expect(await test.store.statuses()).toEqual([`${A} sent`, `${B} accepted`]);
  });

  it('verifyFirst sends nothing while the gateway gives no clear answer', async () => {
    test = await test.reopen({ verifyFirst: true });
    await test.store.given({ [P]: [A] });
    test.onProbe = [lost(), lost(), notFound];
    await test.run();
    expect(test.posts).toEqual([]);
    expect(await test.store.rows('SELECT state, open_tries FROM sms_pro_packet')).toEqual([
      { state: 'queued', open_tries: 0 },
    ]);
    await test.pass(60_000);
    expect(test.posts).toHaveLength(1);
  });
});
