import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SmsProStoreError } from '../store/database/store-error.js';
import { TestDispatch } from './worker.fixture.js';

const A = '996555000001';
const P = 'a00000000001';

describe('a settle that the database refuses', () => {
  let test: TestDispatch;

  beforeEach(async () => {
    test = await TestDispatch.open();
    await test.store.given({ [P]: [A] });
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await test.close();
  });

  /** The next settles fail, as often as given. */
  const refuseSettles = (times: number, statement?: string) => {
    const settle = jest.spyOn(test.store.settles, 'settle');
    for (let left = times; left > 0; left -= 1) {
      settle.mockImplementationOnce(async () => {
        throw new SmsProStoreError(Object.assign(new Error(), { code: 'SQLITE_FULL' }), statement);
      });
    }
    return settle;
  };

  const packet = async () => test.store.rows('SELECT state, smscnt, billed, estimated, open_tries FROM sms_pro_packet');

  it('is written later, with what the answer billed, and the gateway is not queried', async () => {
    const settle = refuseSettles(3);
    await test.run();
    expect(await packet()).toEqual([{ state: 'accepted', smscnt: 1, billed: 1, estimated: 0, open_tries: 1 }]);
    expect(settle).toHaveBeenCalledTimes(4);
    expect(test.posts).toHaveLength(1);
    expect(test.probes).toEqual([]);
    expect(await test.store.rows('SELECT outcome FROM sms_pro_attempt')).toHaveLength(1);
  });

  it('is given up when the lease ends: the packet is then uncertain, as after a crash', async () => {
    refuseSettles(1_000);
    const running = test.run();
    while (test.posts.length === 0) await new Promise((resolve) => setImmediate(resolve));
    test.store.clock.advance(60_000);
    await running;
    jest.restoreAllMocks();
    await test.dispatcher.sweep();
    expect(await packet()).toMatchObject([{ state: 'uncertain', open_tries: 1 }]);
  });

  it('is given up at a shutdown that is over', async () => {
    refuseSettles(1_000);
    const running = test.run();
    while (test.posts.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await test.dispatcher.stop(50);
    await running;
    expect(await packet()).toMatchObject([{ state: 'sending' }]);
  });

  it('is not tried again after an error that is not the database’s', async () => {
    const settle = jest.spyOn(test.store.settles, 'settle').mockRejectedValue(new TypeError('a bug'));
    await test.run();
    expect(settle).toHaveBeenCalledTimes(1);
    expect(test.said.join()).toContain('TypeError');
  });
});
