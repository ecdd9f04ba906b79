import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { answer, notSent } from './scripted-gateway.fixture.js';
import { TestDispatch } from './worker.fixture.js';

const A = '996555000001';
const B = '996555000002';
const P = 'a00000000001';

describe('what limits an account', () => {
  let test: TestDispatch;

  beforeEach(async () => {
    test = await TestDispatch.open();
  });

  afterEach(async () => {
    await test.close();
  });

  const many = (amount: number, sender = 'My-company') =>
    test.store.given(
      Object.fromEntries(
        Array.from({ length: amount }, (_, at) => [
          `${sender === 'Other' ? 'b' : 'a'}${String(at).padStart(11, '0')}`,
          [A],
        ]),
      ),
      { messageId: `message-${sender}`, sender },
    );

  it.each([
    ['2', 'authorization'],
    ['3', 'ip-address'],
    ['4', 'funds'],
    ['11', 'test-mode'],
  ])('%s without test: nothing is lost, the account pauses for %s, and goes on by itself', async (status, reason) => {
    test.onPost = [answer(status), answer('0')];
    await test.store.given({ [P]: [A] });
    await test.store.given({ b00000000001: [B] }, { messageId: 'message-2' });
    test.account = { status: '2', active: null, balance: null, smsPrice: null };
    // One at a time, so that the second packet sees the pause.
    await test.limiter.record({ kind: 'slow' }, { packetId: '', sender: '' });
    test.store.clock.advance(1_000);
    await test.limiter.record({ kind: 'slow' }, { packetId: '', sender: '' });
    await test.run();
    expect(test.posts).toHaveLength(1);
    expect(await test.store.statuses()).toEqual([`${A} queued`]);
    const [event] = await test.store.rows("SELECT detail FROM sms_pro_event WHERE name = 'account.paused'");
    expect(JSON.parse(String(event?.['detail']))).toMatchObject({ reason });
    // Still paused: the gateway is asked for the account, but nothing is posted.
    await test.pass(31_000);
    expect(test.posts).toHaveLength(1);
    test.account = { status: '0', active: true, balance: '10.00', smsPrice: '0.50' };
    await test.pass(120_000, 5_000);
    expect(await test.store.statuses()).toEqual([`${A} accepted`]);
    expect(await test.store.statuses('message-2')).toEqual([`${B} accepted`]);
    expect((await test.store.recordedEvents()).filter((name) => name.startsWith('account.'))).toEqual([
      'account.paused',
      'account.resumed',
    ]);
    expect(test.said.some((line) => line.includes('Sending is paused'))).toBe(true);
  });

  it.each([['refused'], ['dns'], ['connect-timeout'], ['tls']] as const)(
    '%s: certainly not sent, and tried one at a time, ever further apart',
    async (fault) => {
      test.onPost = [notSent(fault)];
      await test.store.given({ [P]: [A], b00000000001: [B] });
      await test.run();
      const first = test.posts.length;
      await test.pass(1_000);
      expect(test.posts.length - first).toBeLessThanOrEqual(1);
      await test.pass(62_000);
      expect(test.posts.length - first).toBeLessThanOrEqual(6);
      expect(test.probes).toEqual([]);
      expect(await test.store.statuses()).toEqual([`${A} queued`, `${B} queued`]);
      test.onPost = [answer('0')];
      await test.pass(300_000, 5_000);
      expect(await test.store.statuses()).toEqual([`${A} accepted`, `${B} accepted`]);
    },
  );

  it('five answers in a row that are not the gateway’s pause the account', async () => {
    test.onPost = [notSent('http-status', 404)];
    await test.store.given({ [P]: [A] });
    await test.pass(60_000);
    const [event] = await test.store.rows("SELECT detail FROM sms_pro_event WHERE name = 'account.paused'");
    expect(JSON.parse(String(event?.['detail']))).toMatchObject({ reason: 'endpoint' });
  });

  it('429 slows the account down, and is not hammered', async () => {
    test.onPost = [notSent('http-status', 429)];
    await test.store.given({ [P]: [A] });
    await test.run();
    await test.pass(60_000, 1_000);
    expect(test.posts.length).toBeLessThanOrEqual(8);
    expect(await test.store.statuses()).toEqual([`${A} queued`]);
  });

  it('what is in flight grows by one for each full round of good answers, and halves when the gateway is busy', async () => {
    test = await test.reopen({ concurrency: 8 });
    const record = (kind: 'taken' | 'slow') => {
      test.store.clock.advance(1_000);
      return test.limiter.record({ kind }, { packetId: P, sender: 'My-company' });
    };
    const limit = async () => (await test.limiter.limits()).limit;
    expect(await limit()).toBe(4);
    for (let turn = 0; turn < 4; turn += 1) await record('taken');
    expect(await limit()).toBe(5);
    for (let turn = 0; turn < 200; turn += 1) await record('taken');
    expect(await limit()).toBe(8);
    await record('slow');
    expect(await limit()).toBe(4);
    for (let turn = 0; turn < 9; turn += 1) await record('slow');
    expect(await limit()).toBe(1);
  });

  it('twenty packets in a row refused for their sender pause that sender, and not the others', async () => {
    test = await test.reopen({ concurrency: 1 });
    let approved = false;
    test.onPost = [(request) => answer(request.sender === 'Other' && !approved ? '5' : '0')(request)];
    await many(30, 'Other');
    await many(5);
    await test.run();
    const ofOther = () => test.posts.filter(({ sender }) => sender === 'Other').length;
    expect(ofOther()).toBe(20);
    expect(test.posts.length - ofOther()).toBe(5);
    approved = true;
    await test.pass(120_000, 5_000);
    expect(ofOther()).toBe(30);
    expect((await test.store.recordedEvents()).filter((name) => name.startsWith('account.'))).toEqual([
      'account.paused',
      'account.resumed',
    ]);
  });

  it('ten packets in a row with an unknown status pause the account', async () => {
    test = await test.reopen({ concurrency: 1 });
    test.onPost = [answer('77')];
    await many(30);
    await test.run();
    expect(test.posts).toHaveLength(10);
    const [event] = await test.store.rows("SELECT detail FROM sms_pro_event WHERE name = 'account.paused'");
    expect(JSON.parse(String(event?.['detail']))).toMatchObject({ reason: 'gateway-77' });
  });

  it('after a pause one packet at a time tries the account', async () => {
    test.onPost = [answer('3')];
    await many(20);
    await test.run();
    const before = test.posts.length;
    await test.pass(31_000);
    expect(test.posts.length - before).toBe(1);
    test.onPost = [answer('0')];
    await test.pass(120_000, 5_000);
    expect(new Set(await test.store.statuses('message-My-company'))).toEqual(new Set([`${A} accepted`]));
  });

  it('a pause that only a trial can end is tried ever further apart', async () => {
    test = await test.reopen({ concurrency: 1 });
    test.onPost = [answer('5')];
    await many(40);
    await test.run();
    expect(test.posts).toHaveLength(20);
    await test.pass(900_000, 5_000);
    // At 30 s, then after 1, 2, 4 and 8 minutes more.
    expect(test.posts.length - 20).toBeLessThanOrEqual(5);
  });

  it('an account without enough money is tried only every ten minutes, and at once when there is enough', async () => {
    test = await test.reopen({ concurrency: 1 });
    test.onPost = [answer('4')];
    test.account = { status: '0', active: true, balance: '0.40', smsPrice: '0.50' };
    await test.store.given({ [P]: [A] });
    await test.run();
    await test.pass(540_000, 10_000);
    expect(test.posts).toHaveLength(1);
    await test.pass(660_000, 10_000);
    expect(test.posts).toHaveLength(2);
    test.account = { status: '0', active: true, balance: '0.50', smsPrice: '0.50' };
    test.onPost = [answer('0')];
    await test.pass(660_000, 10_000);
    expect(await test.store.statuses()).toEqual([`${A} accepted`]);
  });
});
