import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SmsProProtocolError, SmsProTransportError } from '../errors/sms-pro.errors.js';
import type { ReportsAnswer } from '../gateway/dr.codec.js';
import { POLICY, type TestStore } from '../store/store.fixture.js';
import {
  A,
  B,
  found,
  HOUR_MS,
  INTERVAL_MS,
  MINUTE_MS,
  NOT_FOUND,
  TestPoller,
  type DrGateway,
} from './poller.fixture.js';

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

describe('polling of a packet', () => {
  it('begins after two minutes, and its distances double to an hour', async () => {
    await test.givenAccepted();
    const acceptedAt = store.clock.now();
    await test.pass(8 * HOUR_MS);
    expect((gateway.asked[0]?.at ?? 0) - acceptedAt).toBe(2 * MINUTE_MS);
    expect(gateway.minutesBetween()).toEqual([4, 8, 16, 32, 60, 60, 60, 60, 60, 60]);
  });

  it('takes "not found" as "not yet" until the deadline, and then ends what is left, once', async () => {
    await test.givenAccepted();
    await test.pass(POLICY.giveUpAfterMs - MINUTE_MS, MINUTE_MS);
    expect(await store.statuses()).toEqual([`${A} accepted`, `${B} accepted`]);
    await test.pass(2 * MINUTE_MS);
    expect(await store.statuses()).toEqual([`${A} unknown`, `${B} unknown`]);
    const asked = gateway.asked.length;
    await test.pass(3 * HOUR_MS);
    expect(gateway.asked).toHaveLength(asked);
    expect((await store.recordedEvents()).filter((name) => name.startsWith('recipient.unknown'))).toHaveLength(2);
    expect((await store.recordedEvents()).filter((name) => name === 'message.completed')).toHaveLength(1);
    expect((gateway.asked.at(-1)?.at ?? 0) - (gateway.asked[0]?.at ?? 0)).toBe(POLICY.giveUpAfterMs - 2 * MINUTE_MS);
  });

  it('ends with the last recipient', async () => {
    await test.givenAccepted();
    gateway.answer = () => found({ [A]: '3', [B]: '1' });
    await test.pass(2 * MINUTE_MS);
    expect(await store.statuses()).toEqual([`${A} delivered`, `${B} sent`]);
    gateway.answer = () => found({ [A]: '3', [B]: '4' });
    await test.pass(8 * HOUR_MS);
    expect(await store.statuses()).toEqual([`${A} delivered`, `${B} undelivered`]);
    expect(gateway.asked).toHaveLength(2);
  });
});

describe('the rate', () => {
  it('is a batch in an interval, two at once, also when every push asks for a round', async () => {
    await test.givenAccepted(30);
    test.setPoller({ batchSize: 10 });
    gateway.answer = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return NOT_FOUND;
    };
    store.clock.advance(POLICY.staleAfterMs);
    for (let round = 0; round < 5; round += 1) await test.poll();
    expect(gateway.asked).toHaveLength(10);
    store.clock.advance(INTERVAL_MS);
    for (let round = 0; round < 5; round += 1) await test.poll();
    expect(gateway.asked).toHaveLength(20);
    expect(gateway.maxOpen).toBe(2);
  });
});

describe('a gateway that cannot be asked', () => {
  const refusal = (status: string) => (): ReportsAnswer => ({ status, reports: [], unreadable: 0 });
  const failure = (error: Error) => (): ReportsAnswer => {
    throw error;
  };

  it.each([
    ['says that it is asked too much', refusal('5')],
    ['refuses the login', refusal('2')],
    ['refuses the address', refusal('3')],
    ['gives an unknown status', refusal('77')],
    [
      'does not answer in time',
      failure(new SmsProTransportError('dr', 'No answer.', { outcome: 'unknown', fault: 'timeout' })),
    ],
    ['is out of reach', failure(new SmsProTransportError('dr', 'Refused.', { outcome: 'not-sent', fault: 'refused' }))],
    [
      'answers 503',
      failure(
        new SmsProTransportError('dr', 'HTTP 503.', { outcome: 'unknown', fault: 'http-status', httpStatus: 503 }),
      ),
    ],
    ['answers a page', failure(new SmsProProtocolError('dr', 'it is a page'))],
  ])('because it %s gets one poll at a time, ever further apart, whatever waits', async (_why, answer) => {
    await test.givenAccepted(40);
    gateway.answer = answer;
    await test.pass(POLICY.staleAfterMs + HOUR_MS);
    // The first two went out together; after them it is one for each back-off of 15, 30, 60, 120, 240, 480, 600 s.
    expect(gateway.minutesBetween()).toEqual([0, 0.25, 0.5, 1, 2, 4, 8, 10, 10, 10, 10]);
    expect(await store.statuses()).not.toContain(`${A} unknown`);
    expect(test.said.filter((line) => line.startsWith('Reports cannot be polled'))).toHaveLength(1);

    gateway.answer = () => NOT_FOUND;
    const before = gateway.asked.length;
    await test.pass(10 * MINUTE_MS);
    expect(gateway.asked.length - before).toBeGreaterThan(40);
  });

  it('keeps no recipient open for ever: past the deadline it ends without a poll', async () => {
    await test.givenAccepted(40);
    await test.pass(POLICY.giveUpAfterMs - HOUR_MS, MINUTE_MS);
    gateway.answer = refusal('2');
    await test.pass(HOUR_MS + INTERVAL_MS);
    // The last poll of each is due at its deadline; one at a time they would take more than six hours.
    await test.pass(10 * MINUTE_MS);
    const statuses = await store.statuses();
    expect(statuses).toHaveLength(80);
    expect(statuses.filter((line) => !line.endsWith(' unknown'))).toEqual([]);
    expect((await store.recordedEvents()).filter((name) => name === 'message.completed')).toHaveLength(1);
  });

  it('is no reason to end a packet whose answer could not be stored', async () => {
    await test.givenAccepted();
    await test.pass(POLICY.giveUpAfterMs - 2 * MINUTE_MS, MINUTE_MS);
    gateway.answer = () => found({ [A]: '3', [B]: '3' });
    const { apply } = store.reports;
    store.reports.apply = () =>
      store.database.transaction((unit) => unit.run('UPDATE no_such_table SET a = 1')) as never;
    await test.pass(2 * MINUTE_MS);
    expect(await store.statuses()).toEqual([`${A} accepted`, `${B} accepted`]);
    store.reports.apply = apply;
    await test.pass(2 * MINUTE_MS);
    expect(await store.statuses()).toEqual([`${A} delivered`, `${B} delivered`]);
  });
});
