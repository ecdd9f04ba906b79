import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SmsProProtocolError } from '../errors/sms-pro.errors.js';
import { answer, fails, found, lost, notFound } from './scripted-gateway.fixture.js';
import { TestDispatch } from './worker.fixture.js';

const A = '996555000001';
const B = '996555000002';
const P = 'a00000000001';

describe('an answer to a packet', () => {
  let test: TestDispatch;

  beforeEach(async () => {
    test = await TestDispatch.open();
  });

  afterEach(async () => {
    await test.close();
  });

  it('0 with our id: accepted, and what is billed is phones x smscnt', async () => {
    test.onPost = [answer('0', { smscnt: 3 })];
    await test.store.given({ [P]: [A, B] });
    await test.run();
    expect(await test.store.statuses()).toEqual([`${A} accepted`, `${B} accepted`]);
    expect(await test.store.rows('SELECT phones, smscnt, billed FROM sms_pro_packet')).toEqual([
      { phones: 2, smscnt: 3, billed: 6 },
    ]);
  });

  it('0 with fewer phones: accepted, told with both figures, never sent again', async () => {
    test.onPost = [answer('0', { phones: 1 })];
    await test.store.given({ [P]: [A, B] });
    await test.run();
    await test.pass(60_000, 10_000);
    expect(test.posts).toHaveLength(1);
    const [row] = await test.store.rows("SELECT detail FROM sms_pro_event WHERE name = 'packet.accepted'");
    expect(JSON.parse(String(row?.['detail']))).toMatchObject({ phones: 1, recipients: 2, estimated: false });
    expect(test.said.join()).toContain('recognised 1 of 2 phones');
  });

  it('an answer to another id does not count', async () => {
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
    test.onPost = [answer(status)];
    await test.store.given({ [P]: [A] });
    await test.run();
    const message = await test.store.messages.find('message-1');
    expect(message?.recipients).toMatchObject([{ status: 'rejected', reason }]);
    expect(await test.store.recordedEvents()).toEqual([
      'packet.rejected',
      `recipient.rejected ${A}`,
      'message.completed',
    ]);
  });

  it('7 is decided only after the gateway was asked: found means accepted', async () => {
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
    test.onPost = [answer('7')];
    await test.store.given({ [P]: [A] });
    await test.run();
    await test.pass(40_000);
    expect((await test.store.messages.find('message-1'))?.recipients).toMatchObject([
      { status: 'rejected', reason: 'phone' },
    ]);
    expect(test.posts).toHaveLength(1);
  });

  it('9: uncertain, and the gateway is asked after twice the delay', async () => {
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

  it('10 on the first try: probed, and found is accepted', async () => {
    test.onPost = [answer('10')];
    test.onProbe = [notFound, found(A)];
    await test.store.given({ [P]: [A] });
    await test.run();
    await test.pass(20_000);
    expect(await test.store.state(P)).toBe('accepted');
    expect(test.posts).toHaveLength(1);
  });

  it('10 and nothing shown: never sent again, unknown at the deadline', async () => {
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
    test.onPost = [answer('11')];
    await test.store.given({ [P]: [A] }, { test: true });
    await test.run();
    expect(test.posts[0]).toMatchObject({ test: true });
    expect((await test.store.messages.find('message-1'))?.completedAt).not.toBeNull();
    expect(await test.store.rows('SELECT billed FROM sms_pro_packet')).toEqual([{ billed: 0 }]);
  });

  it('0 with test: really sent, followed like any other, and warned of', async () => {
    await test.store.given({ [P]: [A] }, { test: true });
    await test.run();
    expect((await test.store.messages.find('message-1'))?.completedAt).toBeNull();
    expect(await test.store.rows('SELECT billed, test FROM sms_pro_packet')).toEqual([{ billed: 1, test: 0 }]);
    expect(test.said.join()).toContain('sent and billed it');
  });

  it('an unknown status: kept raw, counts only if repeated', async () => {
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

  it('an unreadable answer is uncertain too', async () => {
    test.onPost = [fails(new SmsProProtocolError('message', 'it is HTML'))];
    await test.store.given({ [P]: [A] });
    await test.run();
    expect(await test.store.state(P)).toBe('uncertain');
  });

  it('every try is on record, with what the gateway said', async () => {
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
    // The gateway's words can hold a phone: what is logged is masked.
    expect(test.said.join()).not.toContain(A);
  });
});
