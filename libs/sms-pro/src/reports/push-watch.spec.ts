import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { POLICY, type TestStore } from '../store/store.fixture.js';
import { A, B, found, HOUR_MS, INTERVAL_MS, TestPoller, type DrGateway } from './poller.fixture.js';

let test: TestPoller;
let store: TestStore;
let gateway: DrGateway;

beforeEach(async () => {
  test = await TestPoller.open();
  ({ store, gateway } = test);
});

afterEach(async () => {
  await test.close();
});

describe('a push that was never set up', () => {
  const sentence = /МОЙ ПРОФИЛЬ → ПАРАМЕТРЫ API.*\/sms-pro\/reports.*Включить отправку отчетов/;

  /** Settles one recipient of a new packet by a poll. */
  const settleByPoll = async (name: string) => {
    const id = `b${name.padStart(11, '0')}`;
    await store.given({ [id]: [A] }, { messageId: `message-${name}` });
    await store.accept(await store.claimOne());
    gateway.answer = () => found({ [A]: '3' });
    store.clock.advance(POLICY.staleAfterMs);
    await test.poll();
  };

  it('is logged once, with the place in the cabinet, when polls alone have settled for an hour', async () => {
    await settleByPoll('1');
    const since = new Date(store.clock.now());
    expect(await test.watch.state()).toEqual({
      lastPushAt: null,
      settledByPollSince: since,
      pushMissing: false,
      hint: null,
    });
    await test.pass(HOUR_MS);
    expect(test.said).toEqual([]);
    await test.pass(INTERVAL_MS);
    expect(test.said).toEqual([expect.stringMatching(sentence)]);
    expect(await test.watch.state()).toMatchObject({
      pushMissing: true,
      hint: test.said[0],
      settledByPollSince: since,
    });
    await settleByPoll('2');
    await test.pass(2 * HOUR_MS);
    expect(test.said).toHaveLength(1);
  });

  it('is logged again only after a push had come', async () => {
    await settleByPoll('1');
    await test.pass(HOUR_MS + INTERVAL_MS);
    await test.watch.pushCame();
    const pushedAt = new Date(store.clock.now());
    expect(await test.watch.state()).toEqual({
      lastPushAt: pushedAt,
      settledByPollSince: null,
      pushMissing: false,
      hint: null,
    });
    await test.pass(2 * HOUR_MS);
    expect(test.said).toHaveLength(1);
    await settleByPoll('2');
    await test.pass(HOUR_MS + INTERVAL_MS);
    expect(test.said).toHaveLength(2);
  });

  it('is not told where nothing was settled: a poll that only finds "sent" says nothing', async () => {
    await test.givenAccepted();
    gateway.answer = () => found({ [A]: '1', [B]: '1' });
    await test.pass(3 * HOUR_MS);
    expect(test.said).toEqual([]);
    expect(await test.watch.state()).toMatchObject({ settledByPollSince: null });
  });

  it('is not told where this process takes no reports', async () => {
    test.setWatch({ enabled: false, reportPath: 'sms-pro/reports', wantsSecret: true });
    await settleByPoll('1');
    await test.pass(2 * HOUR_MS);
    expect(test.said).toEqual([]);
    expect(await test.watch.state()).toMatchObject({ pushMissing: false, hint: null });
  });

  it('names the secret by its option and never by its value', async () => {
    test.setWatch({ enabled: true, reportPath: 'sms-pro/bank/reports', wantsSecret: true });
    await test.watch.pollSettled();
    store.clock.advance(2 * HOUR_MS);
    expect((await test.watch.state()).hint).toContain('/sms-pro/bank/reports/<reports.secret>');
  });
});
