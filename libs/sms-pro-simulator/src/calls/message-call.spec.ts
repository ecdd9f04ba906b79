import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { post, sendMessage, sendXml, type SendParts } from '../gateway-client.fixture.js';
import { createManualClock, startSimulator, type Simulator, type SimulatorAccount } from '../index.js';

const phonesOf = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `9965501${String(20_000 + index)}`);

describe('/api/message', () => {
  let simulator: Simulator;

  beforeEach(async () => {
    simulator = await startSimulator({ clock: createManualClock(Date.UTC(2026, 0, 1)) });
  });
  afterEach(() => simulator.stop());

  const account = (changes: Partial<SimulatorAccount>): void => simulator.setAccount({ login: 'demo', ...changes });

  it('answers like the live gateway: namespace, standalone, no empty <message>', async () => {
    const reply = await post(`${simulator.url}/api/message`, sendXml({ phones: ['996550123456', '+996550123457'] }));
    expect(reply.status).toBe(200);
    expect(reply.body).toBe(
      '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' +
        '<response xmlns="http://Giper.mobi/schema/Message"><id>A88726</id><status>0</status>' +
        '<phones>2</phones><smscnt>1</smscnt></response>',
    );
  });

  it('answers as the document prints it, if set so', async () => {
    simulator.setAnswerForm('document');
    const reply = await post(`${simulator.url}/api/message`, sendXml());
    expect(reply.body).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<response><id>A88726</id><status>0</status>' +
        '<phones>1</phones><smscnt>1</smscnt><message></message></response>',
    );
  });

  it('bills phones × smscnt and writes every SMS into the ledger', async () => {
    account({ balance: '10.00', smsPrice: '0.45' });
    await sendMessage(simulator, { text: 'я'.repeat(88), phones: phonesOf(3) });
    expect(simulator.account('demo')?.balance).toBe('7.30');
    expect(simulator.ledger().map(({ phone, segments, billed }) => [phone, segments, billed])).toEqual(
      phonesOf(3).map((phone) => [phone, 2, '0.90']),
    );
    expect(simulator.stats().billing['demo']).toEqual({ packets: 1, messages: 3, segments: 6, billed: '2.70' });
  });

  const refusals: [string, string, SendParts, Partial<SimulatorAccount>?][] = [
    ['1', 'no text', { text: null }],
    ['1', 'an empty text', { text: '' }],
    ['1', 'a text of 801 characters', { text: 'a'.repeat(801) }],
    ['1', 'no id', { id: null }],
    ['1', 'an id of 13 characters', { id: 'A123456789012' }],
    ['1', 'an id with a hyphen', { id: 'A-1' }],
    ['1', 'no sender', { sender: null }],
    ['1', 'no phones', { phones: null }],
    ['1', 'an empty list of phones', { phones: [] }],
    ['1', '51 phones', { phones: phonesOf(51) }],
    ['1', 'no login', { login: null }],
    ['2', 'a wrong password', { pwd: 'other' }],
    ['2', 'an unknown login', { login: 'nobody' }],
    ['3', 'an address that is not allowed', {}, { allowedIps: ['10.0.0.1'] }],
    ['4', 'too little money for all parts and phones', { phones: phonesOf(3) }, { balance: '2.99' }],
    ['5', 'a sender of 12 letters', { sender: 'Abcdefghijkl' }],
    ['5', 'a sender of 15 digits', { sender: '123456789012345' }],
    ['5', 'a sender that is not approved', {}, { senders: ['Other'] }],
    ['6', 'a stop word in any case', { text: 'buy SPAM now' }, { stopWords: ['spam'] }],
    ['7', 'a phone of 11 digits', { phones: ['99655012345'] }],
    ['7', 'a local phone', { phones: ['0550123456'] }],
    ['8', 'a time that is no date', { time: '20260231120000' }],
    ['8', 'a time in another form', { time: '2026-02-01 12:00' }],
  ];
  it.each(refusals)('answers %s to %s, and neither sends nor bills', async (status, _what, parts, changes = {}) => {
    account(changes);
    const before = simulator.account('demo')?.balance;
    const answer = await sendMessage(simulator, parts);
    expect(answer['status']).toBe(status);
    expect(simulator.ledger()).toEqual([]);
    expect(simulator.account('demo')?.balance).toBe(before);
  });

  it('names every bad phone of a packet and sends to none', async () => {
    const answer = await sendMessage(simulator, { phones: ['996550123456', '99655', 'x'] });
    expect(answer).toMatchObject({ status: '7', message: expect.stringContaining('99655, x') });
    expect(simulator.ledger()).toEqual([]);
  });

  it('answers 10 to a used id', async () => {
    expect((await sendMessage(simulator))['status']).toBe('0');
    expect((await sendMessage(simulator))['status']).toBe('10');
    expect(simulator.ledger()).toHaveLength(1);
  });

  it('answers 11 to a test: counted, not sent, not billed, not found by /api/dr', async () => {
    expect(await sendMessage(simulator, { test: '1' })).toMatchObject({ status: '11', phones: '1', smscnt: '1' });
    expect(simulator.ledger()).toEqual([]);
    expect(simulator.packets()).toEqual([]);
    expect(simulator.account('demo')?.balance).toBe('1000000.00');
  });

  it('takes <test>0</test>, an empty <time> and 14 digits as a sender', async () => {
    const answer = await sendMessage(simulator, { test: '0', time: '', sender: '99655012345678' });
    expect(answer['status']).toBe('0');
  });

  it('spends credit below zero', async () => {
    account({ balance: '0.50', credit: '1.00' });
    expect((await sendMessage(simulator))['status']).toBe('0');
    expect(simulator.account('demo')?.balance).toBe('-0.50');
  });

  it('keeps ids that look like numbers as they are', async () => {
    expect((await sendMessage(simulator, { id: '000123' }))['id']).toBe('000123');
    expect((await sendMessage(simulator, { id: '12E5' }))['id']).toBe('12E5');
  });

  it.each([4, 7] as const)('an account that may send only to its own phone answers %i to any other', async (status) => {
    account({ mode: 'profile-phone-only', profilePhone: '996550000001', profileOnlyStatus: status });
    expect((await sendMessage(simulator, { id: 'B1' }))['status']).toBe(String(status));
    expect((await sendMessage(simulator, { id: 'B2', phones: ['996550000001'] }))['status']).toBe('0');
  });

  it('an account in test mode answers 11 without <test>, and one that ignores <test> sends', async () => {
    account({ mode: 'test' });
    expect((await sendMessage(simulator, { id: 'C1' }))['status']).toBe('11');
    account({ mode: 'normal', ignoresTest: true });
    expect((await sendMessage(simulator, { id: 'C2', test: '1' }))['status']).toBe('0');
    expect(simulator.ledger()).toHaveLength(1);
  });

  it('a blocked account answers the status that is set', async () => {
    account({ refuseWith: 2 });
    expect((await sendMessage(simulator))['status']).toBe('2');
  });

  it('begins the life of a scheduled message at its time, in Bishkek time', async () => {
    await sendMessage(simulator, { time: '20260101070000' });
    expect(simulator.packets()[0]?.startsAt).toBe(Date.UTC(2026, 0, 1, 1));
    await simulator.advance(3_600_000);
    expect(simulator.packets()[0]?.phones[0]?.report).toBe(0);
    await simulator.advance(200);
    expect(simulator.packets()[0]?.phones[0]?.report).toBe(1);
  });
});
