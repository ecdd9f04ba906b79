import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { eventually } from '../../../../test/support/eventually.js';
import { SmsProProtocolError, SmsProTransportError, type TransportFault } from '../errors/sms-pro.errors.js';
import type { PhoneReport } from '../message/incoming-report.js';
import { MessageCancelStore } from '../store/packets/message-cancel.store.js';
import { POLICY } from '../store/store.fixture.js';
import { SmsProDispatch } from './sms-pro-dispatch.service.js';
import { answer, fails, TestDispatch } from './worker.fixture.js';

const A = '996555000001';
const B = '996555000002';
const P = 'a00000000001';

const lost = (fault: TransportFault = 'reset') =>
  fails(new SmsProTransportError('message', 'unknown', fault, 'The connection broke off.'));
const notSent = (fault: TransportFault = 'refused', httpStatus?: number) =>
  fails(new SmsProTransportError('message', 'not-sent', fault, 'Not sent.', httpStatus));
const report = (phone: string, code = '1'): PhoneReport => ({
  phone,
  code,
  sendTime: '',
  rcvTime: '',
  sentAt: null,
  deliveredAt: null,
});
const found =
  (...phones: string[]) =>
  () => ({ status: '0', reports: phones.map((phone) => report(phone)), unreadable: 0 });
const notFound = () => ({ status: '4', reports: [], unreadable: 0 });

describe('dispatch', () => {
  let test: TestDispatch;

  afterEach(async () => {
    await test.close();
  });

  it('0 with our id: accepted, and what is billed is phones x smscnt', async () => {
    test = await TestDispatch.open();
    test.onPost = [answer('0', { smscnt: 3 })];
    await test.store.given({ [P]: [A, B] });
    await test.run();
    expect(await test.store.statuses()).toEqual([`${A} accepted`, `${B} accepted`]);
    expect(await test.store.rows('SELECT phones, smscnt, billed FROM sms_pro_packet')).toEqual([
      { phones: 2, smscnt: 3, billed: 6 },
    ]);
  });

  it('0 with fewer phones: accepted, told with both figures, never sent again', async () => {
    test = await TestDispatch.open();
    test.onPost = [answer('0', { phones: 1 })];
    await test.store.given({ [P]: [A, B] });
    await test.run();
    await test.pass(60_000, 10_000);
    expect(test.posts).toHaveLength(1);
    const [row] = await test.store.rows("SELECT detail FROM sms_pro_event WHERE name = 'packet.accepted'");
    expect(JSON.parse(String(row?.['detail']))).toMatchObject({ phones: 1, recipients: 2, estimated: false });
    expect(test.said.join()).toContain('recognised 1 of 2 phones');
  });

  it('an answer to another id is not believed', async () => {
    test = await TestDispatch.open();
    test.onPost = [answer('0', { id: 'zzzzzzzzzzzz' })];
    await test.store.given({ [P]: [A] });
    await test.run();
    expect(await test.store.state(P)).toBe('uncertain');
  });

  // Rows 1, 5, 6 and 8 of the table "статусы отправки".
  it.each([
    ['1', 'format'],
    ['5', 'sender'],
    ['6', 'stop-words'],
    ['8', 'time'],
  ])('%s on the first try: rejected, reason %s', async (status, reason) => {
    test = await TestDispatch.open();
    test.onPost = [answer(status)];
    await test.store.given({ [P]: [A] });
    await test.run();
    const message = await test.store.messages.find('message-1');
    expect(message?.recipients).toMatchObject([{ status: 'rejected', reason }]);
    expect(await test.store.told()).toEqual(['packet.rejected', `recipient.rejected ${A}`, 'message.completed']);
  });

  it('7 is decided only after the gateway was asked: found means accepted', async () => {
    test = await TestDispatch.open();
    test.onPost = [answer('7')];
    test.onProbe = [found(A, B)];
    await test.store.given({ [P]: [A, B] });
    await test.run();
    expect(await test.store.state(P)).toBe('uncertain');
    await test.pass(5_000);
    expect(await test.store.state(P)).toBe('accepted');
    expect(test.posts).toHaveLength(1);
  });

  it('7 is rejected when nothing was taken', async () => {
    test = await TestDispatch.open();
    test.onPost = [answer('7')];
    await test.store.given({ [P]: [A] });
    await test.run();
    await test.pass(40_000);
    expect((await test.store.messages.find('message-1'))?.recipients).toMatchObject([
      { status: 'rejected', reason: 'phone' },
    ]);
    expect(test.posts).toHaveLength(1);
  });

  it.each([
    ['2', 'authorization'],
    ['3', 'ip-address'],
    ['4', 'funds'],
    ['11', 'test-mode'],
  ])('%s without test: nothing is lost, the account pauses for %s, and goes on by itself', async (status, reason) => {
    test = await TestDispatch.open();
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
    const [told] = await test.store.rows("SELECT detail FROM sms_pro_event WHERE name = 'account.paused'");
    expect(JSON.parse(String(told?.['detail']))).toMatchObject({ reason });
    // Still shut: asked, but nothing is posted.
    await test.pass(31_000);
    expect(test.posts).toHaveLength(1);
    test.account = { status: '0', active: true, balance: '10.00', smsPrice: '0.50' };
    await test.pass(120_000, 5_000);
    expect(await test.store.statuses()).toEqual([`${A} accepted`]);
    expect(await test.store.statuses('message-2')).toEqual([`${B} accepted`]);
    expect((await test.store.told()).filter((name) => name.startsWith('account.'))).toEqual([
      'account.paused',
      'account.resumed',
    ]);
    expect(test.said.some((line) => line.includes('Sending is paused'))).toBe(true);
  });

  it('9: uncertain, and the gateway is asked after twice the delay', async () => {
    test = await TestDispatch.open();
    test.onPost = [answer('9'), answer('0')];
    await test.store.given({ [P]: [A] });
    await test.run();
    await test.pass(9_000);
    expect(test.probes).toEqual([]);
    await test.pass(1_000);
    expect(test.probes).toEqual([P]);
    await test.pass(60_000);
    expect(test.posts.map(({ id }) => id)).toEqual([P, P]);
    expect(await test.store.state(P)).toBe('accepted');
  });

  it('10 on the first try: asked about, and found is accepted', async () => {
    test = await TestDispatch.open();
    test.onPost = [answer('10')];
    test.onProbe = [notFound, found(A)];
    await test.store.given({ [P]: [A] });
    await test.run();
    await test.pass(20_000);
    expect(await test.store.state(P)).toBe('accepted');
    expect(test.posts).toHaveLength(1);
  });

  it('10 and nothing shown: never sent again, unknown at the deadline', async () => {
    test = await TestDispatch.open();
    test.onPost = [answer('10')];
    await test.store.given({ [P]: [A] }, { deadlineAt: test.store.clock.now() + 3_600_000 });
    await test.run();
    await test.pass(4_300_000, 60_000);
    expect(test.posts).toHaveLength(1);
    expect((await test.store.messages.find('message-1'))?.recipients).toMatchObject([
      { status: 'unknown', reason: 'deadline' },
    ]);
  });

  it('11 with test: accepted, nothing billed, the message is complete', async () => {
    test = await TestDispatch.open();
    test.onPost = [answer('11')];
    await test.store.given({ [P]: [A] }, { test: true });
    await test.run();
    expect(test.posts[0]).toMatchObject({ test: true });
    expect((await test.store.messages.find('message-1'))?.completedAt).not.toBeNull();
    expect(await test.store.rows('SELECT billed FROM sms_pro_packet')).toEqual([{ billed: 0 }]);
  });

  it('0 with test: really sent, followed like any other, and warned of', async () => {
    test = await TestDispatch.open();
    await test.store.given({ [P]: [A] }, { test: true });
    await test.run();
    expect((await test.store.messages.find('message-1'))?.completedAt).toBeNull();
    expect(await test.store.rows('SELECT billed, test FROM sms_pro_packet')).toEqual([{ billed: 1, test: 0 }]);
    expect(test.said.join()).toContain('sent and billed it');
  });

  it('an uncertain test is repeated without a question', async () => {
    test = await TestDispatch.open();
    test.onPost = [lost(), answer('10')];
    await test.store.given({ [P]: [A] }, { test: true });
    await test.run();
    await test.pass(5_000);
    expect(test.probes).toEqual([]);
    expect(await test.store.state(P)).toBe('accepted');
  });

  it('a status nobody knows: kept raw, believed only when it comes again', async () => {
    test = await TestDispatch.open();
    test.onPost = [answer('77')];
    await test.store.given({ [P]: [A] });
    await test.run();
    expect(await test.store.state(P)).toBe('uncertain');
    await test.pass(120_000, 5_000);
    expect(test.posts).toHaveLength(2);
    expect((await test.store.messages.find('message-1'))?.recipients).toMatchObject([
      { status: 'rejected', reason: 'gateway-77' },
    ]);
  });

  it.each([['refused'], ['dns'], ['connect-timeout'], ['tls']] as const)(
    '%s: certainly not sent, and tried one at a time, ever further apart',
    async (fault) => {
      test = await TestDispatch.open();
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
    test = await TestDispatch.open();
    test.onPost = [notSent('http-status', 404)];
    await test.store.given({ [P]: [A] });
    await test.pass(60_000);
    const [told] = await test.store.rows("SELECT detail FROM sms_pro_event WHERE name = 'account.paused'");
    expect(JSON.parse(String(told?.['detail']))).toMatchObject({ reason: 'endpoint' });
  });

  // Guards the probe before a repeat. Without it the second POST comes at once, while the first may have been taken.
  it.each([['timeout'], ['reset'], ['aborted']] as const)(
    '%s: asked about at 5, 15 and 35 s, and the same id sent again only after that',
    async (fault) => {
      test = await TestDispatch.open();
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

  it('an unreadable answer is uncertain too', async () => {
    test = await TestDispatch.open();
    test.onPost = [fails(new SmsProProtocolError('message', 'it is HTML'))];
    await test.store.given({ [P]: [A] });
    await test.run();
    expect(await test.store.state(P)).toBe('uncertain');
  });

  it('a lost answer whose packet the gateway knows is accepted, with our own estimate of the bill', async () => {
    test = await TestDispatch.open();
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
    ['a refusal of the question', () => ({ status: '2', reports: [], unreadable: 0 })],
    ['0 without phones', () => ({ status: '0', reports: [], unreadable: 0 })],
    ['too many questions', () => ({ status: '5', reports: [], unreadable: 0 })],
    ['no answer', lost()],
  ])('%s is neither found nor not found: nothing is sent again', async (_what, onProbe) => {
    test = await TestDispatch.open();
    test.onPost = [lost(), answer('0')];
    test.onProbe = [onProbe];
    await test.store.given({ [P]: [A] });
    await test.run();
    await test.pass(600_000, 10_000);
    expect(test.posts).toHaveLength(1);
    expect(await test.store.state(P)).toBe('uncertain');
  });

  it('repeatAfterMs: Infinity never repeats', async () => {
    test = await TestDispatch.open({ repeatAfterMs: Number.POSITIVE_INFINITY });
    test.onPost = [lost(), answer('0')];
    await test.store.given({ [P]: [A] }, { deadlineAt: test.store.clock.now() + 600_000 });
    await test.run();
    await test.pass(2_000_000, 20_000);
    expect(test.posts).toHaveLength(1);
    expect(await test.store.statuses()).toEqual([`${A} unknown`]);
  });

  it('a repeat refused with 5 after a try that may have been taken is not rejected at once', async () => {
    test = await TestDispatch.open();
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
    test = await TestDispatch.open();
    test.onPost = [lost(), answer('5')];
    await test.store.given({ [P]: [A] });
    await test.run();
    await test.pass(80_000);
    expect((await test.store.messages.find('message-1'))?.recipients).toMatchObject([
      { status: 'rejected', reason: 'sender' },
    ]);
  });

  it('a refusal of the account after a lost try leaves the packet uncertain, never queued', async () => {
    test = await TestDispatch.open();
    test.onPost = [lost(), answer('2'), answer('0')];
    await test.store.given({ [P]: [A] });
    await test.run();
    await test.pass(36_000);
    expect(test.posts).toHaveLength(2);
    expect(await test.store.state(P)).toBe('uncertain');
    expect(await test.store.rows('SELECT open_tries FROM sms_pro_packet')).toEqual([{ open_tries: 1 }]);
  });

  it('a message whose validity ends before its POST is not sent', async () => {
    test = await TestDispatch.open();
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
    test = await TestDispatch.open();
    const validUntil = test.store.clock.now() + 29_000;
    await test.store.given({ [P]: [A] }, { validUntil, deadlineAt: validUntil });
    const claimedAt = test.store.clock.mark();
    const slow = await test.store.claimOne('slow');
    test.store.clock.advance(30_000);
    await test.worker.work(slow, claimedAt, () => true);
    expect(test.posts).toEqual([]);
    expect(await test.store.statuses()).toEqual([`${A} expired`]);
  });

  it('past its validity an uncertain packet is not repeated, and ends unknown', async () => {
    test = await TestDispatch.open();
    test.onPost = [lost(), answer('0')];
    const validUntil = test.store.clock.now() + 20_000;
    await test.store.given({ [P]: [A] }, { validUntil, deadlineAt: validUntil });
    await test.run();
    await test.pass(1_800_000, 20_000);
    expect(test.posts).toHaveLength(1);
    expect(await test.store.statuses()).toEqual([`${A} unknown`]);
  });

  it('a worker that stalls between claim and POST until its lease is gone sends nothing', async () => {
    test = await TestDispatch.open();
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
    test = await TestDispatch.open();
    await test.store.given({ [P]: [A] });
    const claimedAt = test.store.clock.mark();
    const slow = await test.store.claimOne('slow');
    test.store.clock.advance(30_000);
    await test.worker.work(slow, claimedAt, () => true);
    expect(test.posts).toHaveLength(1);
    expect(await test.store.state(P)).toBe('accepted');
  });

  it('verifyFirst asks before the first POST: what the gateway knows is not sent again', async () => {
    test = await TestDispatch.open({ verifyFirst: true });
    await test.store.given({ [P]: [A], b00000000001: [B] });
    test.onProbe = [(packetId) => (packetId === P ? found(A)() : notFound())];
    await test.run();
    expect(test.posts.map(({ id }) => id)).toEqual(['b00000000001']);
    expect(await test.store.statuses()).toEqual([`${A} sent`, `${B} accepted`]);
  });

  it('verifyFirst sends nothing while the gateway gives no clear answer', async () => {
    test = await TestDispatch.open({ verifyFirst: true });
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

  it('no more is in flight than the account allows', async () => {
    test = await TestDispatch.open({ concurrency: 4 });
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

  it('what is in flight grows by one for each full round of good answers, and halves when the gateway is busy', async () => {
    test = await TestDispatch.open({ concurrency: 8 });
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

  it('after a stop nothing is claimed any more', async () => {
    test = await TestDispatch.open();
    await test.dispatcher.stop(1_000);
    await test.store.given({ [P]: [A] });
    await test.run();
    expect(test.posts).toEqual([]);
    expect(await test.store.state(P)).toBe('queued');
  });

  it('every try is on record, with what the gateway said', async () => {
    test = await TestDispatch.open();
    test.onPost = [lost('timeout'), answer('0', { message: 'ok 996555000001' })];
    await test.store.given({ [P]: [A] });
    await test.run();
    await test.pass(36_000);
    const rows = await test.store.rows(
      'SELECT kind, number, outcome, gateway_status, detail FROM sms_pro_attempt ORDER BY attempt_id',
    );
    expect(rows).toEqual([
      { kind: 'send', number: 1, outcome: 'unknown:timeout', gateway_status: null, detail: null },
      { kind: 'probe', number: 1, outcome: 'not-found', gateway_status: '4', detail: null },
      { kind: 'probe', number: 2, outcome: 'not-found', gateway_status: '4', detail: null },
      { kind: 'send', number: 2, outcome: 'answer', gateway_status: '0', detail: 'ok 996555000001' },
    ]);
    // The gateway's words can hold a phone: what is said aloud is masked.
    expect(test.said.join()).not.toContain(A);
  });

  const packets = () =>
    test.store.rows(
      'SELECT packet_id, state, replaces, recipients FROM sms_pro_packet ORDER BY created_at, replaces, packet_id',
    );
  const phonesOfPosts = () => test.posts.map(({ phones }) => phones.join());

  it('an id that belongs to another packet: ours goes on under a new one, and the old id stays known', async () => {
    test = await TestDispatch.open();
    test.onPost = [lost(), answer('0')];
    test.onProbe = [found('996999999999')];
    await test.store.given({ [P]: [A] });
    await test.run();
    await test.pass(5_000);
    expect(test.posts.map(({ id }) => id === P)).toEqual([true, false]);
    expect(await test.store.state(P)).toBe('split');
    expect(await test.store.statuses()).toEqual([`${A} accepted`]);
    expect((await test.store.report(P, { [A]: '3' })).matched).toBe(1);
    expect(await test.store.statuses()).toEqual([`${A} delivered`]);
  });

  it('10 after a read refusal: the refusal used the id up, and ten minutes later a new one is taken', async () => {
    test = await TestDispatch.open();
    test.onPost = [answer('2'), answer('10'), answer('0')];
    await test.store.given({ [P]: [A] });
    await test.run();
    await test.pass(60_000, 5_000);
    expect(test.posts).toHaveLength(2);
    await test.pass(1_500_000, 10_000);
    expect(test.posts).toHaveLength(3);
    expect(test.posts[2]?.id).not.toBe(P);
    expect(await test.store.statuses()).toEqual([`${A} accepted`]);
  });

  it('7 that names a phone: it goes alone, the rest in halves, and only the bad one is rejected', async () => {
    test = await TestDispatch.open();
    const phones = [1, 2, 3, 4, 5].map((at) => `99655500000${at}`);
    const [bad = ''] = phones;
    test.onPost = [
      (request) =>
        request.phones.includes(bad)
          ? answer('7', { message: `wrong number +996 (555) 000-001` })(request)
          : answer('0')(request),
    ];
    await test.store.given({ [P]: phones });
    await test.run();
    await test.pass(120_000, 1_000);
    const statuses = await test.store.statuses();
    expect(statuses).toEqual([`${bad} rejected`, ...phones.slice(1).map((phone) => `${phone} accepted`)]);
    expect(phonesOfPosts().slice(1).toSorted()).toEqual(
      [bad, phones.slice(1, 3).join(), phones.slice(3).join()].toSorted(),
    );
    expect((await test.store.told()).filter((name) => name === 'message.completed')).toEqual([]);
  });

  it('7 that names nobody: one bad phone among n costs at most 2 log2 n packets', async () => {
    test = await TestDispatch.open({ repeatAfterMs: 1_000, uncertainDelayMs: 1_000 });
    const phones = Array.from({ length: 50 }, (_, at) => `9965550000${String(at).padStart(2, '0')}`);
    const bad = phones[17] ?? '';
    test.onPost = [(request) => answer(request.phones.includes(bad) ? '7' : '0')(request)];
    await test.store.given({ [P]: phones });
    await test.run();
    await test.pass(180_000, 1_000);
    const statuses = await test.store.statuses();
    expect(statuses.filter((line) => line.endsWith('accepted'))).toHaveLength(49);
    expect(statuses).toContain(`${bad} rejected`);
    expect(test.posts.length - 1).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(50)));
  });

  it('7 with some phones taken: those are accepted, and only the others go on', async () => {
    test = await TestDispatch.open();
    test.onPost = [answer('7'), answer('0')];
    test.onProbe = [(packetId) => (packetId === P ? found(A)() : notFound())];
    await test.store.given({ [P]: [A, B] });
    await test.run();
    await test.pass(60_000);
    expect(phonesOfPosts()).toEqual([`${A},${B}`, B]);
    expect(await test.store.statuses()).toEqual([`${A} sent`, `${B} accepted`]);
    expect(await packets()).toMatchObject([
      { packet_id: P, state: 'accepted', recipients: 1 },
      { state: 'accepted', replaces: P, recipients: 1 },
    ]);
  });

  it('sees in the middle of a campaign what another process stored, although nobody wakes it', async () => {
    test = await TestDispatch.open({ concurrency: 1 });
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
    test = await TestDispatch.open({ concurrency: 1 });
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
    const inHand = await eventually(
      () => test.posts.length,
      (amount) => amount === 3,
    );
    await first;
    await test.dispatcher.dispatch();
    // Three in hand for the one slot: nothing more until some are written.
    expect(test.posts).toHaveLength(inHand);
    expect(test.dispatcher.inFlightCount).toBe(0);
    goOn();
    await test.run();
    expect(test.posts.map(({ id }) => id)).toEqual(ids);
  });

  it('a report under the old id takes its phone out of the new packet while that is queued', async () => {
    test = await TestDispatch.open();
    test.onPost = [lost()];
    await test.store.given({ [P]: [A, B] });
    await test.run();
    test.store.clock.advance(5_000);
    const uncertain = await test.store.claimOne();
    const now = test.store.clock.now();
    await test.store.replace(uncertain, { kept: [], groups: [[A, B]] }, now);
    await test.store.report(P, { [A]: '3' });
    expect(await test.store.statuses()).toEqual([`${A} delivered`, `${B} queued`]);
    test.onPost = [answer('0')];
    await test.run();
    expect(phonesOfPosts()).toEqual([`${A},${B}`, B]);
    await test.store.report(test.posts[1]?.id ?? '', { [B]: '3' });
    expect((await test.store.told()).filter((name) => name === 'message.completed')).toHaveLength(1);
  });

  it('a report under the old id does not prove that the new packet was taken', async () => {
    test = await TestDispatch.open();
    test.onPost = [lost()];
    await test.store.given({ [P]: [A, B] });
    await test.run();
    test.store.clock.advance(5_000);
    const uncertain = await test.store.claimOne();
    const now = test.store.clock.now();
    await test.store.replace(uncertain, { kept: [], groups: [[A, B]] }, now);
    await test.run();
    await test.store.report(P, { [A]: '3' });
    expect(await test.store.statuses()).toEqual([`${A} delivered`, `${B} queued`]);
    expect(await test.store.state(test.posts[1]?.id ?? '')).toBe('uncertain');
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

  it('twenty packets in a row refused for their sender pause that sender, and not the others', async () => {
    test = await TestDispatch.open({ concurrency: 1 });
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
    expect((await test.store.told()).filter((name) => name.startsWith('account.'))).toEqual([
      'account.paused',
      'account.resumed',
    ]);
  });

  it('ten packets in a row with a status nobody knows pause the account', async () => {
    test = await TestDispatch.open({ concurrency: 1 });
    test.onPost = [answer('77')];
    await many(30);
    await test.run();
    expect(test.posts).toHaveLength(10);
    const [told] = await test.store.rows("SELECT detail FROM sms_pro_event WHERE name = 'account.paused'");
    expect(JSON.parse(String(told?.['detail']))).toMatchObject({ reason: 'gateway-77' });
  });

  it('after a pause one packet at a time tries the account', async () => {
    test = await TestDispatch.open();
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

  it('an account without enough money is tried only every ten minutes, and at once when there is enough', async () => {
    test = await TestDispatch.open({ concurrency: 1 });
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

  describe('cancel', () => {
    const cancel = () =>
      new MessageCancelStore(test.store.database, POLICY).cancel('message-1', test.store.clock.now());

    it('takes back what is queued, and tells each recipient', async () => {
      test = await TestDispatch.open();
      await test.store.given({ [P]: [A, B] });
      expect(await cancel()).toEqual({ canceled: 2, tooLate: 0 });
      await test.run();
      expect(test.posts).toEqual([]);
      expect(await test.store.told()).toEqual([
        `recipient.canceled ${A}`,
        `recipient.canceled ${B}`,
        'message.completed',
      ]);
      expect(await cancel()).toEqual({ canceled: 0, tooLate: 0 });
    });

    it('is too late for what is accepted', async () => {
      test = await TestDispatch.open();
      await test.store.given({ [P]: [A] });
      await test.run();
      expect(await cancel()).toEqual({ canceled: 0, tooLate: 1 });
    });

    it('while sending: certainly not sent ends canceled', async () => {
      test = await TestDispatch.open();
      test.onPost = [
        async () => {
          expect(await cancel()).toEqual({ canceled: 0, tooLate: 1 });
          return notSent()();
        },
      ];
      await test.store.given({ [P]: [A] });
      await test.run();
      expect(await test.store.statuses()).toEqual([`${A} canceled`]);
    });

    it('while uncertain: no repeat is made; found is accepted, else unknown at the deadline', async () => {
      for (const [onProbe, status] of [
        [found(A), 'sent'],
        [notFound, 'unknown'],
      ] as const) {
        test = await TestDispatch.open();
        test.onPost = [lost(), answer('0')];
        test.onProbe = [onProbe];
        await test.store.given({ [P]: [A] }, { deadlineAt: test.store.clock.now() + 600_000 });
        await test.run();
        expect(await cancel()).toEqual({ canceled: 0, tooLate: 1 });
        await test.pass(1_800_000, 20_000);
        expect(test.posts).toHaveLength(1);
        expect(await test.store.statuses()).toEqual([`${A} ${status}`]);
        if (status === 'sent') await test.close();
      }
    });

    it('an unknown message is not this account’s', async () => {
      test = await TestDispatch.open();
      expect(await cancel()).toBeNull();
    });
  });

  it('the state tells what waits and why', async () => {
    test = await TestDispatch.open({ concurrency: 1 });
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

  const C = '996555000003';
  const D = '996555000004';

  it('a push that comes while the gateway is asked keeps its phone out of the split', async () => {
    test = await TestDispatch.open();
    test.onPost = [answer('7'), answer('0')];
    let asked = 0;
    test.onProbe = [
      async (packetId) => {
        asked += 1;
        // The question that would permit the split: its answer was on the way when the report came.
        if (packetId === P && asked === 3) await test.store.report(P, { [B]: '3' });
        return notFound();
      },
    ];
    await test.store.given({ [P]: [A, B, C, D] });
    await test.run();
    await test.pass(60_000);
    const sentAgain = test.posts.slice(1).flatMap(({ phones }) => phones);
    expect(sentAgain.toSorted()).toEqual([A, C, D]);
    expect(await test.store.statuses()).toEqual([`${A} accepted`, `${B} delivered`, `${C} accepted`, `${D} accepted`]);
    for (const { id, phones } of test.posts.slice(1)) {
      await test.store.report(id, Object.fromEntries(phones.map((phone) => [phone, '3'])));
    }
    expect((await test.store.told()).filter((name) => name === 'message.completed')).toHaveLength(1);
  });

  it('a cancel that comes while the gateway is asked is not lost with the split', async () => {
    test = await TestDispatch.open();
    test.onPost = [answer('7'), answer('0')];
    test.onProbe = [
      async () => {
        await new MessageCancelStore(test.store.database, POLICY).cancel('message-1', test.store.clock.now());
        return notFound();
      },
    ];
    await test.store.given({ [P]: [A, B] }, { deadlineAt: test.store.clock.now() + 600_000 });
    await test.run();
    await test.pass(2_000_000, 20_000);
    expect(test.posts).toHaveLength(1);
    // Which of them was at fault nobody knows: neither is called bad.
    expect(await test.store.statuses()).toEqual([`${A} unknown`, `${B} unknown`]);
  });

  it('a report under the old id proves nothing of a new packet that is uncertain', async () => {
    test = await TestDispatch.open();
    test.onPost = [answer('7'), lost(), lost(), answer('0')];
    await test.store.given({ [P]: [A, B, C, D] });
    await test.run();
    await test.pass(36_000);
    const [, first] = test.posts;
    const [one = '', other = ''] = first?.phones ?? [];
    await test.store.report(P, { [one]: '3' });
    await test.pass(20_000);
    expect(await test.store.state(first?.id ?? '')).toBe('uncertain');
    expect(await test.store.statuses()).toContain(`${other} queued`);
  });

  it('a phone that was taken under the old id while its new packet was on its way is not sent to again', async () => {
    test = await TestDispatch.open({ concurrency: 1 });
    let attempts = 0;
    test.onPost = [
      answer('7'),
      async (request) => {
        attempts += 1;
        if (attempts > 1) return answer('0')(request);
        await test.store.report(P, { [request.phones[0] ?? '']: '3' });
        return notSent()();
      },
    ];
    await test.store.given({ [P]: [A, B, C, D] });
    await test.run();
    await test.pass(90_000);
    const [, first, ...later] = test.posts;
    const [taken = ''] = first?.phones ?? [];
    expect(later.flatMap(({ phones }) => phones).toSorted()).toEqual([A, B, C, D].filter((phone) => phone !== taken));
    for (const { id, phones } of later) {
      await test.store.report(id, Object.fromEntries(phones.map((phone) => [phone, '3'])));
    }
    expect((await test.store.messages.find('message-1'))?.recipients.map(({ status }) => status)).toEqual(
      Array.from({ length: 4 }, () => 'delivered'),
    );
    expect((await test.store.told()).filter((name) => name === 'message.completed')).toHaveLength(1);
  });

  it('what nobody knows ends also for a phone that was once reported as sent', async () => {
    test = await TestDispatch.open();
    test.onPost = [answer('7')];
    test.onProbe = [() => ({ status: '5', reports: [], unreadable: 0 })];
    await test.store.given({ [P]: [A, B] }, { deadlineAt: test.store.clock.now() + 60_000 });
    await test.run();
    await test.store.report(P, { [B]: '1' });
    await test.pass(2_400_000, 20_000);
    expect(await test.store.statuses()).toEqual([`${A} unknown`, `${B} unknown`]);
    expect((await test.store.told()).filter((name) => name === 'message.completed')).toHaveLength(1);
  });

  it('429 slows the account down, and is not hammered', async () => {
    test = await TestDispatch.open();
    test.onPost = [notSent('http-status', 429)];
    await test.store.given({ [P]: [A] });
    await test.run();
    await test.pass(60_000, 1_000);
    expect(test.posts.length).toBeLessThanOrEqual(8);
    expect(await test.store.statuses()).toEqual([`${A} queued`]);
  });

  it('a pause that only a trial can end is tried ever further apart', async () => {
    test = await TestDispatch.open({ concurrency: 1 });
    test.onPost = [answer('5')];
    await many(40);
    await test.run();
    expect(test.posts).toHaveLength(20);
    await test.pass(900_000, 5_000);
    // At 30 s, then after 1, 2, 4 and 8 minutes more.
    expect(test.posts.length - 20).toBeLessThanOrEqual(5);
  });
});
