import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { answer, found, notFound, notSent, type ScriptedPost } from './scripted-gateway.fixture.js';
import { TestDispatch } from './worker.fixture.js';

const P = 'a00000000001';
const PHONES = Array.from({ length: 9 }, (_, at) => `99655500000${at + 1}`);
const TAKEN = PHONES.slice(0, 5);
const LEFT_OUT = PHONES.slice(5);

describe('a report that comes while the POST is open', () => {
  let test: TestDispatch;

  beforeEach(async () => {
    test = await TestDispatch.open();
    await test.store.given({ [P]: PHONES });
  });

  afterEach(async () => {
    await test.close();
  });

  /** The gateway pushes a report for these phones, and only then does what is given. */
  const reportedFirst =
    (phones: readonly string[], then: ScriptedPost): ScriptedPost =>
    async (request) => {
      await test.store.report(P, Object.fromEntries(phones.map((phone) => [phone, '1'])));
      return then(request);
    };
  const sentTo = () => test.posts.slice(1).flatMap(({ phones }) => phones);

  it('and then a 7: the phones that were left out get the message too, and the others get it once', async () => {
    const [first = ''] = TAKEN;
    test.onPost = [reportedFirst([first], answer('7')), answer('0')];
    test.onProbe = [found(...TAKEN)];
    await test.run();
    expect(await test.store.state(P)).toBe('uncertain');
    await test.pass(120_000);
    expect(sentTo().toSorted()).toEqual(LEFT_OUT);
    expect(test.posts.slice(1).map(({ id }) => id)).not.toContain(P);
    const statuses = await test.store.statuses();
    expect(statuses.filter((status) => status.endsWith(' sent'))).toHaveLength(TAKEN.length);
    expect(statuses.filter((status) => status.endsWith(' accepted'))).toHaveLength(LEFT_OUT.length);
  });

  it('and then a 7, and dr that does not know the packet yet: the reported phone is not sent to again', async () => {
    const [first = ''] = TAKEN;
    test.onPost = [reportedFirst([first], answer('7')), answer('0')];
    test.onProbe = [notFound];
    await test.run();
    await test.pass(120_000);
    expect(sentTo().toSorted()).toEqual(PHONES.slice(1));
  });

  it('though the request was never sent: the gateway is queried first, and knows it', async () => {
    test.onPost = [reportedFirst(TAKEN, notSent()), answer('0')];
    test.onProbe = [found(...TAKEN)];
    await test.run();
    await test.pass(60_000);
    expect(test.posts).toHaveLength(1);
    expect(await test.store.state(P)).toBe('accepted');
  });

  it('though the request was never sent, and the gateway does not know it: it is sent, with a warning', async () => {
    test.onPost = [reportedFirst(TAKEN, notSent()), answer('0')];
    test.onProbe = [notFound];
    await test.run();
    await test.pass(120_000);
    expect(test.posts).toHaveLength(2);
    expect(await test.store.state(P)).toBe('accepted');
    expect(test.said.join('\n')).toContain(`Packet ${P} got a report before it was sent`);
  });
});
