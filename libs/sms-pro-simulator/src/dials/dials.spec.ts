import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { askReport, sendMessage, type SendParts } from '../gateway-client.fixture.js';
import { createManualClock, startSimulator, type Dials, type Simulator } from '../index.js';

describe('dials: every choice for what is unknown', () => {
  let simulator: Simulator;

  beforeEach(async () => {
    simulator = await startSimulator({ clock: createManualClock(Date.UTC(2026, 0, 1)) });
  });
  afterEach(() => simulator.stop());

  const statusOf = async (id: string, parts: SendParts = {}): Promise<string | undefined> =>
    (await sendMessage(simulator, { id, ...parts }))['status'];

  it.each<[string, Dials['dedupe'], string[]]>([
    ['forever', 'forever', ['0', '10', '0', '10']],
    ['consecutive', 'consecutive', ['0', '10', '0', '0']],
    ['none', 'none', ['0', '0', '0', '0']],
  ])('dedupe %s: A A B A', async (_name, dedupe, statuses) => {
    simulator.setDials({ dedupe });
    const answered: (string | undefined)[] = [];
    for (const id of ['A', 'A', 'B', 'A']) answered.push(await statusOf(id));
    expect(answered).toEqual(statuses);
  });

  it('dedupe by window: blocked until it has passed', async () => {
    simulator.setDials({ dedupe: { windowMs: 60_000 } });
    expect(await statusOf('A')).toBe('0');
    await simulator.advance(59_999);
    expect(await statusOf('A')).toBe('10');
    await simulator.advance(1);
    expect(await statusOf('A')).toBe('0');
  });

  it.each([
    [false, '0'],
    [true, '10'],
  ])('rejectedUsesId %s: the corrected send gets %s', async (rejectedUsesId, status) => {
    simulator.setDials({ rejectedUsesId });
    expect(await statusOf('A', { sender: 'не латиница' })).toBe('5');
    expect(await statusOf('A')).toBe(status);
  });

  it.each([
    [true, '10'],
    [false, '0'],
  ])('testUsesId %s: the real send after the test gets %s', async (testUsesId, status) => {
    simulator.setDials({ testUsesId });
    expect(await statusOf('A', { test: '1' })).toBe('11');
    expect(await statusOf('A')).toBe(status);
  });

  it.each([
    [true, '0', '4'],
    [false, '10', '0'],
  ])('idCaseSensitive %s', async (idCaseSensitive, second, dr) => {
    simulator.setDials({ idCaseSensitive });
    await statusOf('abc');
    expect((await askReport(simulator, 'ABC')).status).toBe(dr);
    expect(await statusOf('ABC')).toBe(second);
  });

  it('idForm lenient accepts 24 characters with hyphens', async () => {
    const id = '1234-5678-9012-3456-7890';
    expect(await statusOf(id)).toBe('1');
    simulator.setDials({ idForm: 'lenient' });
    expect(await statusOf(id)).toBe('0');
  });

  it('drRegistrationDelayMs and drMemoryMs: not found yet, found, forgotten', async () => {
    simulator.setDials({ drRegistrationDelayMs: 3000, drMemoryMs: 10_000 });
    await statusOf('A');
    const seen: (string | undefined)[] = [];
    for (const ms of [0, 2999, 1, 7000, 1]) {
      await simulator.advance(ms);
      seen.push((await askReport(simulator, 'A')).status);
    }
    expect(seen).toEqual(['4', '4', '0', '0', '4']);
  });

  it('drConcurrentPerId null never answers 5', async () => {
    simulator.setDials({ drConcurrentPerId: null });
    await statusOf('A');
    simulator.addFault({ call: 'dr', action: 'latency', ms: 20 });
    const answers = await Promise.all([askReport(simulator, 'A'), askReport(simulator, 'A')]);
    expect(answers.map(({ status }) => status)).toEqual(['0', '0']);
  });

  it.each([
    [false, 1],
    [true, 2],
  ])('maxConcurrentRequests 1, busyIsProcessed %s: %i of two are sent', async (busyIsProcessed, sent) => {
    simulator.setDials({ maxConcurrentRequests: 1, busyIsProcessed });
    simulator.addFault({ action: 'latency', ms: 20 });
    const statuses = await Promise.all([statusOf('A'), statusOf('B')]);
    expect(statuses.toSorted()).toEqual(['0', '9']);
    expect(simulator.ledger()).toHaveLength(sent);
  });

  it('a send that got 9 for overload can be processed late', async () => {
    simulator.setDials({ maxRequestsPerSecond: 0, busyIsProcessed: true, lateProcessingMs: 500 });
    expect(await statusOf('A')).toBe('9');
    expect(simulator.ledger()).toEqual([]);
    await simulator.advance(500);
    expect(simulator.ledger()).toHaveLength(1);
  });

  it('maxRequestsPerSecond answers 9 until the next second', async () => {
    simulator.setDials({ maxRequestsPerSecond: 1 });
    expect(await statusOf('A')).toBe('0');
    expect(await statusOf('B')).toBe('9');
    await simulator.advance(1000);
    expect(await statusOf('B')).toBe('0');
  });

  it('reportZone is the zone of sendTime', async () => {
    simulator.setDials({ reportZone: '-03:30' });
    await statusOf('A');
    await simulator.advance(1000);
    expect((await askReport(simulator, 'A')).phones[0]?.sendTime).toBe('20251231203000');
  });

  it.each([
    [true, '2'],
    [false, '0'],
  ])('smscntOnTest %s: smscnt %s', async (smscntOnTest, smscnt) => {
    simulator.setDials({ smscntOnTest });
    expect((await sendMessage(simulator, { test: '1', text: 'a'.repeat(161) }))['smscnt']).toBe(smscnt);
  });

  it.each([
    [true, { phones: '1', smscnt: '1' }],
    [false, { phones: '0', smscnt: '0' }],
  ])('countsOnRejection %s', async (countsOnRejection, counts) => {
    simulator.setDials({ countsOnRejection });
    expect(await sendMessage(simulator, { pwd: 'no' })).toMatchObject({ status: '2', ...counts });
  });

  it('badPhones: the good ones of a packet with status 7 are sent, once', async () => {
    simulator.setDials({ badPhones: 'good-phones-sent' });
    const phones = ['996550123456', '99655'];
    expect(await sendMessage(simulator, { phones })).toMatchObject({ status: '7', phones: '1' });
    expect(await sendMessage(simulator, { phones })).toMatchObject({ status: '10' });
    expect(simulator.ledger().map(({ phone }) => phone)).toEqual(['996550123456']);
    expect((await askReport(simulator)).phones).toHaveLength(1);
  });

  it('unrecognisedPhones: status 0 with fewer phones, and only these are sent and billed', async () => {
    simulator.setDials({ unrecognisedPhones: ['*9'] });
    const phones = ['996550123458', '996550123459'];
    expect(await sendMessage(simulator, { phones })).toMatchObject({ status: '0', phones: '1' });
    expect(simulator.ledger().map(({ phone }) => phone)).toEqual(['996550123458']);
  });

  it.each<[string, number, Partial<Dials>, string]>([
    ['a', 160, {}, '1'],
    ['a', 161, {}, '2'],
    ['a', 306, {}, '2'],
    ['a', 307, {}, '3'],
    ['я', 70, {}, '1'],
    ['я', 71, {}, '2'],
    ['я', 134, {}, '2'],
    ['я', 135, {}, '3'],
    ['é', 160, {}, '1'],
    ['é', 160, { latinAlphabet: 'ascii' }, '3'],
    ['€', 80, {}, '1'],
    ['€', 81, {}, '2'],
    // 153 holds 76 of them: the 77th is not split between two parts.
    ['€', 153, {}, '3'],
    ['€', 160, { extensionCharacters: 'one' }, '1'],
    ['€', 71, { extensionCharacters: 'unicode' }, '2'],
    ['😀', 36, {}, '2'],
    ['😀', 67, {}, '3'],
    ['😀', 70, { emojiUnits: 1 }, '1'],
  ])('%s × %i with %j is %s SMS', async (character, count, dials, smscnt) => {
    simulator.setDials(dials);
    expect((await sendMessage(simulator, { text: character.repeat(count) }))['smscnt']).toBe(smscnt);
  });

  it.each([
    ['utf16', '1'],
    ['code-points', '0'],
  ] as const)('textLimitUnit %s: 401 emoji get status %s', async (textLimitUnit, status) => {
    simulator.setDials({ textLimitUnit });
    expect(await statusOf('A', { text: '😀'.repeat(401) })).toBe(status);
  });

  it.each([
    [{ dedupe: 'sometimes' }, 'dials.dedupe'],
    [{ reportZone: 'Asia/Bishkek' }, '+06:00'],
    [{ drMemoryMs: -1 }, 'milliseconds'],
    [{ speed: 3 }, 'no setting "speed"'],
  ])('refuses %j', (dials, fault) => {
    expect(() => simulator.setDials(dials as Partial<Dials>)).toThrow(fault);
  });
});
