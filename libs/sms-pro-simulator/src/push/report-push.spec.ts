import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sendMessage } from '../gateway-client.fixture.js';
import { createManualClock, startSimulator, type FaultRule, type Simulator } from '../index.js';
import { startReportReceiver, type ReportReceiver } from './report-receiver.fixture.js';

const MINUTES = 60_000;
const A = '996550123456';
const B = '996550123457';

const row = (phone: string): string =>
  `<phone><number>${phone}</number><report>1</report><sendTime>20260101060000</sendTime><rcvTime></rcvTime></phone>`;

describe('pushing reports', () => {
  let simulator: Simulator;
  let receiver: ReportReceiver;

  beforeEach(async () => {
    receiver = await startReportReceiver();
    simulator = await startSimulator({
      clock: createManualClock(Date.UTC(2026, 0, 1)),
      accounts: [{ login: 'demo', password: 'demo', reportUrl: receiver.url }],
    });
  });
  afterEach(async () => {
    await simulator.stop();
    await receiver.stop();
  });

  it('writes the document’s XML: several phones in a dr, several drs in a push', async () => {
    await sendMessage(simulator, { id: 'A1', phones: [A, B] });
    await sendMessage(simulator, { id: 'B2', phones: [A] });
    await simulator.advance(200);
    expect(receiver.pushes.map(({ body }) => body)).toEqual([
      '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' +
        '<report xmlns="http://Giper.mobi/schema/DeliveryReport">' +
        `<dr><id>A1</id>${row(A)}${row(B)}</dr><dr><id>B2</id>${row(A)}</dr></report>`,
    ]);
  });

  it('pushes code 1 and the last code, each once', async () => {
    await sendMessage(simulator, { phones: [A, '996550120002', '996550120004', '996550120001'] });
    await simulator.advance(10 * MINUTES);
    expect(receiver.reports()).toEqual([`${A}:1`, '996550120004:1', '996550120002:2', `${A}:3`, '996550120004:4']);
    expect(simulator.stats().pushes).toMatchObject({ sent: 2, acked: 2, failed: 0, reportsAcked: 5 });
  });

  it('retries three times, ten minutes apart, then gives up', async () => {
    receiver.answer = 500;
    simulator.setPush({ on: 'final' });
    await sendMessage(simulator);
    await simulator.advance(1000);
    expect(receiver.pushes).toHaveLength(1);
    await simulator.advance(10 * MINUTES - 1);
    expect(receiver.pushes).toHaveLength(1);
    await simulator.advance(1);
    expect(receiver.pushes).toHaveLength(2);
    await simulator.advance(90 * MINUTES);
    expect(receiver.pushes).toHaveLength(4);
    expect(new Set(receiver.pushes.map(({ body }) => body)).size).toBe(1);
    expect(simulator.stats().pushes).toMatchObject({ sent: 4, acked: 0, failed: 4, givenUp: 1 });
    expect(simulator.pushes().map(({ attempt, httpStatus }) => [attempt, httpStatus])).toEqual([
      [1, 500],
      [2, 500],
      [3, 500],
      [4, 500],
    ]);
  });

  it.each([201, 204, 302, 404])('treats HTTP %i as a failure: only 200 ends the retries', async (status) => {
    receiver.answer = status;
    simulator.setPush({ on: 'final' });
    await sendMessage(simulator);
    await simulator.advance(1000);
    receiver.answer = 200;
    await simulator.advance(60 * MINUTES);
    expect(simulator.pushes().map(({ httpStatus, acked }) => [httpStatus, acked])).toEqual([
      [status, false],
      [200, true],
    ]);
  });

  it('retries when no server listens, and settings change how often and when', async () => {
    simulator.setPush({ on: 'final', retries: 1, retryDelayMs: 50 });
    await receiver.stop();
    await sendMessage(simulator);
    await simulator.advance(1050);
    expect(simulator.stats().pushes).toMatchObject({ sent: 2, failed: 2, givenUp: 1 });
  });

  it('counts a receiver that does not answer in time as failed', async () => {
    simulator.setPush({ on: 'final', timeoutMs: 20, retries: 0 });
    const silent = await startSimulator({ faults: [{ action: 'hang' }] });
    simulator.setAccount({ login: 'demo', reportUrl: `${silent.url}/api/message` });
    await sendMessage(simulator);
    await simulator.advance(1000);
    expect(simulator.pushes()).toMatchObject([{ httpStatus: null, acked: false }]);
    await silent.stop();
  });

  it('sends the Content-Type that is set, or none', async () => {
    for (const contentType of ['application/x-www-form-urlencoded', null]) {
      simulator.setPush({ contentType, on: 'final' });
      await sendMessage(simulator, { id: contentType === null ? 'A1' : 'A2' });
      await simulator.advance(1000);
    }
    expect(receiver.pushes.map(({ headers }) => headers['content-type'])).toEqual([
      'application/x-www-form-urlencoded',
      undefined,
    ]);
  });

  it('uses the batch size and the order that are set', async () => {
    simulator.setPush({ batchSize: 2, order: 'reversed', on: 'final', concurrency: 1 });
    await sendMessage(simulator, { phones: [A, B, '996550123458'] });
    await simulator.advance(1000);
    expect(receiver.pushes.map(({ rows }) => rows.map(({ number }) => number))).toEqual([['996550123458', B], [A]]);
  });

  it('shuffles by the seed', async () => {
    simulator.setPush({ order: 'shuffled', on: 'final' });
    const phones = Array.from({ length: 20 }, (_, index) => `9965501234${10 + index}`);
    await sendMessage(simulator, { phones });
    await simulator.advance(1000);
    const pushed = receiver.pushes[0]?.rows.map(({ number }) => number) ?? [];
    expect(pushed).not.toEqual(phones);
    expect(pushed.toSorted()).toEqual(phones);
  });

  it('ends the retries when the flag is switched off', async () => {
    receiver.answer = 503;
    await sendMessage(simulator);
    await simulator.advance(200);
    simulator.setAccount({ login: 'demo', reportsEnabled: false });
    await simulator.advance(60 * MINUTES);
    expect(receiver.pushes).toHaveLength(1);
  });

  it('pushes nothing while the cabinet’s flag is off', async () => {
    simulator.setAccount({ login: 'demo', reportsEnabled: false });
    await sendMessage(simulator);
    await simulator.advance(MINUTES);
    expect(receiver.pushes).toEqual([]);
  });

  const faults: [string, FaultRule, string[]][] = [
    ['lost', { phone: A, action: 'lost' }, [`${B}:1`, `${B}:3`]],
    ['lost once', { phone: A, action: 'lost', times: 1 }, [`${B}:1`, `${A}:3`, `${B}:3`]],
    ['late', { phone: A, action: 'late', ms: 5000 }, [`${B}:1`, `${B}:3`, `${A}:1`, `${A}:3`]],
    ['doubled', { phone: A, action: 'doubled', times: 1 }, [`${A}:1`, `${A}:1`, `${B}:1`, `${A}:3`, `${B}:3`]],
    ['reordered', { phone: A, action: 'reordered' }, [`${B}:1`, `${A}:3`, `${A}:1`, `${B}:3`]],
  ];
  it.each(faults)('fault %s', async (_name, rule, expected) => {
    simulator.addFault(rule);
    await sendMessage(simulator, { phones: [A, B] });
    await simulator.advance(MINUTES);
    expect(receiver.reports()).toEqual(expected);
  });

  it('fault foreign-id: a report with an id that was never sent; broken: XML that ends in the middle', async () => {
    simulator.setPush({ on: 'final' });
    simulator.setFaults([
      { phone: A, action: 'foreign-id', times: 1 },
      { phone: B, action: 'broken' },
    ]);
    await sendMessage(simulator, { id: 'A1', phones: [A] });
    await simulator.advance(1000);
    await sendMessage(simulator, { id: 'A2', phones: [B] });
    await simulator.advance(1000);
    expect(receiver.pushes[0]?.body).not.toContain('<id>A1</id>');
    expect(receiver.pushes[1]?.body).not.toContain('</report>');
  });

  it('never pushes the reports of a forgotten phone, but still has them', async () => {
    simulator.forgetPush(A);
    await sendMessage(simulator, { phones: [A] });
    await simulator.advance(MINUTES);
    expect(receiver.pushes).toEqual([]);
    expect(simulator.packets()[0]?.phones[0]?.report).toBe(3);
  });

  it('pushes the requested reports again at once', async () => {
    await sendMessage(simulator, { phones: [A, B] });
    expect(await simulator.pushReports({ phone: B })).toBe(1);
    expect(receiver.reports()).toEqual([`${B}:0`]);
  });

  it('a forced report replaces the usual one and is pushed: 7 first, then a late 3', async () => {
    await sendMessage(simulator, { phones: [A] });
    await simulator.advance(200);
    expect(simulator.forceReport({ packetId: 'A88726', phone: A, report: 7 })).toBe(1);
    await simulator.advance(MINUTES);
    simulator.forceReport({ packetId: 'A88726', report: 3 });
    await simulator.flush();
    expect(receiver.reports()).toEqual([`${A}:1`, `${A}:7`, `${A}:3`]);
  });

  it('lives by rule: a pattern, a random share, an unknown code, its own times', async () => {
    simulator.setPush({ on: 'final' });
    simulator.setLives({
      report: 4,
      rules: [
        { packetId: 'OTHER', report: 2 },
        { phone: A, report: 42, sentAfterMs: 5, deliveredAfterMs: 10 },
        { phone: '*8', report: 3, probability: 0.5 },
      ],
    });
    await sendMessage(simulator, { phones: [A, B] });
    await simulator.advance(10);
    expect(receiver.reports()).toEqual([`${A}:42`]);
    await simulator.advance(990);
    expect(receiver.reports()).toEqual([`${A}:42`, `${B}:4`]);
    const half = Array.from({ length: 40 }, (_, index) => `996550120${10 + index}8`);
    await sendMessage(simulator, { id: 'H1', phones: half });
    await simulator.advance(1000);
    const codes = simulator.packets({ packetId: 'H1' })[0]?.phones.map(({ report }) => report) ?? [];
    expect(new Set(codes)).toEqual(new Set([3, 4]));
  });

  it('a reset drops the reports that were still to be pushed', async () => {
    await sendMessage(simulator);
    simulator.reset();
    expect(simulator.ledger()).toEqual([]);
    expect((await sendMessage(simulator, { phones: [B] }))['status']).toBe('0');
    await simulator.advance(200);
    await simulator.advance(MINUTES);
    await simulator.pushReports();
    expect(receiver.reports()).toEqual([`${B}:1`, `${B}:3`, `${B}:3`]);
  });
});
