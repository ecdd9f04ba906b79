import { beforeEach, describe, expect, it } from '@jest/globals';
import { SmsProTransportError } from '../errors/sms-pro.errors.js';
import type { ReportsAnswer } from './dr.codec.js';
import { ReportsSingleFlight } from './reports-single-flight.js';

const ID = 'a00000000001';

const answer = (status: string): ReportsAnswer => ({ status, reports: [], unreadable: 0 });

/** A gateway that answers when the test says so. */
class SlowGateway {
  readonly asked: { resolve(value: ReportsAnswer): void; reject(error: unknown): void }[] = [];

  readonly post = (): Promise<ReportsAnswer> =>
    new Promise((resolve, reject) => {
      this.asked.push({ resolve, reject });
    });

  answer(at: number, status: string): void {
    this.asked[at]?.resolve(answer(status));
  }
}

let gate: ReportsSingleFlight;
let gateway: SlowGateway;

beforeEach(() => {
  gate = new ReportsSingleFlight();
  gateway = new SlowGateway();
});

const ask = (id = ID, phone?: string, signal?: AbortSignal) => gate.ask({ id, phone, signal }, gateway.post);

/** Everything that is ready to run has run. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('queries for one id', () => {
  it('are sent once, and all who ask meanwhile share the answer', async () => {
    const answers = [ask(), ask(), ask()];
    gateway.answer(0, '0');
    expect(await Promise.all(answers)).toEqual([answer('0'), answer('0'), answer('0')]);
    expect(gateway.asked).toHaveLength(1);
  });

  it('are sent again once the first is answered', async () => {
    const first = ask();
    gateway.answer(0, '0');
    await first;
    const second = ask();
    gateway.answer(1, '0');
    expect(await second).toEqual(answer('0'));
  });

  it('do not share a "not found" of a query older than they are: what they know must be newer', async () => {
    const first = ask();
    const others = [ask(), ask(), ask()];
    gateway.answer(0, '4');
    expect(await first).toEqual(answer('4'));
    await settled();
    // One of the three asks, and the other two share: that question left after they came.
    expect(gateway.asked).toHaveLength(2);
    gateway.answer(1, '4');
    expect(await Promise.all(others)).toEqual([answer('4'), answer('4'), answer('4')]);
    expect(gateway.asked).toHaveLength(2);
  });

  it('share what went wrong, so that nobody waits for two time-outs', async () => {
    const timeout = new SmsProTransportError('dr', 'No answer.', { outcome: 'unknown', fault: 'timeout' });
    const outcomes = Promise.allSettled([ask(), ask()]);
    gateway.asked[0]?.reject(timeout);
    expect(await outcomes).toEqual([
      { status: 'rejected', reason: timeout },
      { status: 'rejected', reason: timeout },
    ]);
    expect(gateway.asked).toHaveLength(1);
  });

  it('for one phone wait for the query for all phones, and are then sent on their own', async () => {
    const all = ask();
    const one = ask(ID, '996555000001');
    await settled();
    expect(gateway.asked).toHaveLength(1);
    gateway.answer(0, '0');
    await all;
    await settled();
    expect(gateway.asked).toHaveLength(2);
    gateway.answer(1, '0');
    expect(await one).toEqual(answer('0'));
  });
});

describe('a caller that gives up', () => {
  it('waits no longer, and sends nothing while the other query is open', async () => {
    const open = ask();
    const abort = new AbortController();
    const posted: string[] = [];
    const given = gate.ask({ id: ID, phone: undefined, signal: abort.signal }, async () => {
      posted.push('call');
      throw new SmsProTransportError('dr', 'Aborted.', { outcome: 'not-sent', fault: 'aborted' });
    });
    abort.abort();
    await expect(given).rejects.toMatchObject({ fault: 'aborted' });
    // The call itself says so: with a signal that has ended it sends nothing.
    expect(posted).toEqual(['call']);
    const third = ask();
    await settled();
    expect(gateway.asked).toHaveLength(1);
    gateway.answer(0, '0');
    expect(await Promise.all([open, third])).toEqual([answer('0'), answer('0')]);
  });

  it('does not take the answer from those who wait for it', async () => {
    const first = ask();
    const second = ask();
    gateway.asked[0]?.reject(new SmsProTransportError('dr', 'Aborted.', { outcome: 'unknown', fault: 'aborted' }));
    await expect(first).rejects.toMatchObject({ fault: 'aborted' });
    await settled();
    gateway.answer(1, '0');
    expect(await second).toEqual(answer('0'));
  });
});

it('queries for different ids are sent at the same time', async () => {
  const answers = [ask('a00000000001'), ask('a00000000002')];
  expect(gateway.asked).toHaveLength(2);
  gateway.answer(1, '4');
  gateway.answer(0, '0');
  expect(await Promise.all(answers)).toEqual([answer('0'), answer('4')]);
});
