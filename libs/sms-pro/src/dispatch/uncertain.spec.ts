import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { answer, found, lost, notFound } from './scripted-gateway.fixture.js';
import { TestDispatch } from './worker.fixture.js';

const A = '996555000001';
const B = '996555000002';
const P = 'a00000000001';

describe('an uncertain packet', () => {
  let test: TestDispatch;

  beforeEach(async () => {
    test = await TestDispatch.open();
  });

  afterEach(async () => {
    await test.close();
  });

  // Guards the probe before a repeat. Without it the second POST comes at once, while the first may have been taken.
  it.each([['timeout'], ['reset'], ['aborted']] as const)(
    '%s: probed at 5, 15 and 35 s, and the same id sent again only after that',
    async (fault) => {
      test.onPost = [lost(fault), answer('0')];
      await test.store.given({ [P]: [A] });
      await test.run();
      const startedAt = test.store.clock.now();
      const asked: number[] = [];
      test.onProbe = [
        () => {
          asked.push((test.store.clock.now() - startedAt) / 1_000);
          return notFound();
        },
      ];
      await test.pass(34_000);
      expect(test.posts).toHaveLength(1);
      await test.pass(1_000);
      expect(asked).toEqual([5, 15, 35]);
      expect(test.posts.map(({ id }) => id)).toEqual([P, P]);
      expect(await test.store.state(P)).toBe('accepted');
    },
  );

  it('a lost answer whose packet the gateway knows is accepted, with our own estimate of the bill', async () => {
    test.onPost = [lost()];
    test.onProbe = [found(A)];
    await test.store.given({ [P]: [A, B] }, { segments: 2 });
    await test.run();
    await test.pass(5_000);
    expect(test.posts).toHaveLength(1);
    expect(await test.store.statuses()).toEqual([`${A} sent`, `${B} accepted`]);
    expect(await test.store.rows('SELECT smscnt, billed, estimated FROM sms_pro_packet')).toEqual([
      { smscnt: null, billed: 4, estimated: 1 },
    ]);
  });

  it.each([
    ['a refusal of the probe', () => ({ status: '2', reports: [], unreadable: 0 })],
    ['0 without phones', () => ({ status: '0', reports: [], unreadable: 0 })],
    ['too many requests', () => ({ status: '5', reports: [], unreadable: 0 })],
    ['no answer', lost()],
  ])('%s is neither found nor not found: nothing is sent again', async (_what, onProbe) => {
    test.onPost = [lost(), answer('0')];
    test.onProbe = [onProbe];
    await test.store.given({ [P]: [A] });
    await test.run();
    await test.pass(600_000, 10_000);
    expect(test.posts).toHaveLength(1);
    expect(await test.store.state(P)).toBe('uncertain');
  });

  it('repeatAfterMs: Infinity never repeats', async () => {
    test = await test.reopen({ repeatAfterMs: Number.POSITIVE_INFINITY });
    test.onPost = [lost(), answer('0')];
    await test.store.given({ [P]: [A] }, { deadlineAt: test.store.clock.now() + 600_000 });
    await test.run();
    await test.pass(2_000_000, 20_000);
    expect(test.posts).toHaveLength(1);
    expect(await test.store.statuses()).toEqual([`${A} unknown`]);
  });

  it('a repeat refused with 5 after a try that may have been taken is not rejected at once', async () => {
    test.onPost = [lost(), answer('5')];
    await test.store.given({ [P]: [A] });
    await test.run();
    await test.pass(36_000);
    expect(test.posts).toHaveLength(2);
    expect(await test.store.state(P)).toBe('uncertain');
    // The first try was taken after all, and the gateway says so late.
    test.onProbe = [found(A)];
    await test.pass(10_000);
    expect(await test.store.state(P)).toBe('accepted');
  });

  it('a repeat refused with 5, and no sign of the packet for another wait: rejected', async () => {
    test.onPost = [lost(), answer('5')];
    await test.store.given({ [P]: [A] });
    await test.run();
    await test.pass(80_000);
    expect((await test.store.messages.find('message-1'))?.recipients).toMatchObject([
      { status: 'rejected', reason: 'sender' },
    ]);
  });

  it('a refusal of the account after a lost try leaves the packet uncertain, never queued', async () => {
    test.onPost = [lost(), answer('2'), answer('0')];
    await test.store.given({ [P]: [A] });
    await test.run();
    await test.pass(36_000);
    expect(test.posts).toHaveLength(2);
    expect(await test.store.state(P)).toBe('uncertain');
    expect(await test.store.rows('SELECT open_tries FROM sms_pro_packet')).toEqual([{ open_tries: 1 }]);
  });

  it('past its validity an uncertain packet is not repeated, and ends unknown', async () => {
    test.onPost = [lost(), answer('0')];
    const validUntil = test.store.clock.now() + 20_000;
    await test.store.given({ [P]: [A] }, { validUntil, deadlineAt: validUntil });
    await test.run();
    await test.pass(1_800_000, 20_000);
    expect(test.posts).toHaveLength(1);
    expect(await test.store.statuses()).toEqual([`${A} unknown`]);
  });

  it('an uncertain test is repeated without a probe', async () => {
    test.onPost = [lost(), answer('10')];
    await test.store.given({ [P]: [A] }, { test: true });
    await test.run();
    await test.pass(5_000);
    expect(test.probes).toEqual([]);
    expect(await test.store.state(P)).toBe('accepted');
  });

  it('an unknown outcome ends also for a phone that was once reported as sent', async () => {
    test.onPost = [answer('7')];
    test.onProbe = [() => ({ status: '5', reports: [], unreadable: 0 })];
    await test.store.given({ [P]: [A, B] }, { deadlineAt: test.store.clock.now() + 60_000 });
    await test.run();
    await test.store.report(P, { [B]: '1' });
    await test.pass(2_400_000, 20_000);
    expect(await test.store.statuses()).toEqual([`${A} unknown`, `${B} unknown`]);
    expect((await test.store.recordedEvents()).filter((name) => name === 'message.completed')).toHaveLength(1);
  });
});
