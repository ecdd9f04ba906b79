import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../../../../test/support/eventually.js';
import { SmsProDispatch } from './sms-pro-dispatch.service.js';
import { answer } from './scripted-gateway.fixture.js';
import { TestDispatch } from './worker.fixture.js';

const A = '996555000001';
const B = '996555000002';
const P = 'a00000000001';

describe('dispatcher', () => {
  let test: TestDispatch;

  beforeEach(async () => {
    test = await TestDispatch.open();
  });

  afterEach(async () => {
    await test.close();
  });

  it('no more is in flight than the account allows', async () => {
    test = await test.reopen({ concurrency: 4 });
    let inFlight = 0;
    let most = 0;
    test.onPost = [
      async (request) => {
        inFlight += 1;
        most = Math.max(most, inFlight);
        // Longer than the others take to be settled and claimed.
        for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
        inFlight -= 1;
        return answer('0')(request);
      },
    ];
    await test.store.given(
      Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`a${String(at).padStart(11, '0')}`, [A]])),
    );
    await test.run();
    expect(test.posts).toHaveLength(40);
    expect(most).toBe(4);
  });

  it('sees in the middle of a campaign what another process stored, although nobody wakes it', async () => {
    test = await test.reopen({ concurrency: 1 });
    const ids = Array.from({ length: 20 }, (_, at) => `a000000000${String(at).padStart(2, '0')}`);
    await test.store.given(Object.fromEntries(ids.map((id) => [id, [A]])), { priority: 2 });
    const code = 'b00000000001';
    const taken = answer('0');
    test.onPost = [
      async (request) => {
        // So fast is the gateway that a slot is filled again long before what was seen is old.
        test.store.clock.advance(10);
        if (request.id === ids[4]) await test.store.given({ [code]: [B] }, { priority: 0, messageId: 'message-2' });
        return taken(request);
      },
    ];
    await test.dispatcher.dispatch();
    await test.dispatcher.idle();
    const at = test.posts.findIndex(({ id }) => id === code);
    expect(test.posts).toHaveLength(21);
    expect(at).toBeGreaterThan(4);
    expect(at).toBeLessThan(10);
  });

  it('sends the next packet while the last one is written down, and a slow database holds it up in the end', async () => {
    test = await test.reopen({ concurrency: 1 });
    test.onPost = [answer('0')];
    const ids = ['a00000000001', 'a00000000002', 'a00000000003', 'a00000000004', 'a00000000005'];
    await test.store.given(Object.fromEntries(ids.map((id) => [id, [A]])));
    const settle = test.store.settles.settle.bind(test.store.settles);
    let goOn = () => {};
    const gate = new Promise<void>((resolve) => (goOn = resolve));
    jest.spyOn(test.store.settles, 'settle').mockImplementation(async (...given) => {
      await gate;
      return settle(...given);
    });
    const first = test.dispatcher.dispatch();
    const leased = await eventually(
      () => test.posts.length,
      (amount) => amount === 3,
    );
    await first;
    await test.dispatcher.dispatch();
    // Three are leased for the one slot: nothing more until some are written.
    expect(test.posts).toHaveLength(leased);
    expect(test.dispatcher.inFlightCount).toBe(0);
    goOn();
    await test.run();
    expect(test.posts.map(({ id }) => id)).toEqual(ids);
  });

  it('after a stop nothing is claimed any more', async () => {
    await test.dispatcher.stop(1_000);
    await test.store.given({ [P]: [A] });
    await test.run();
    expect(test.posts).toEqual([]);
    expect(await test.store.state(P)).toBe('queued');
  });

  it('the state tells what waits and why', async () => {
    test = await test.reopen({ concurrency: 1 });
    const { store } = test;
    const { queue, accounts, clock } = store;
    const service = new SmsProDispatch(true, { dispatcher: test.dispatcher, queue, accounts, clock });
    test.onPost = [answer('2')];
    await store.given({ [P]: [A], b00000000001: [B] }, { priority: 0 });
    await test.run();
    store.clock.advance(1_000);
    expect(await service.getDispatchState()).toMatchObject({
      state: 'paused',
      pauses: [{ reason: 'authorization', onTrial: false }],
      inFlight: 0,
      queued: { high: 2, normal: 0, low: 0 },
      oldestWaitMs: 1_000,
      sending: 0,
      uncertain: 0,
    });
    await test.dispatcher.stop(0);
    expect((await service.getDispatchState()).state).toBe('stopped');
  });
});
