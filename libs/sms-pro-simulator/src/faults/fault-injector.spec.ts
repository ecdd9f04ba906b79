import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { askReport, fieldsOf, post, sendMessage, sendRaw, sendXml, type Reply } from '../gateway-client.fixture.js';
import { createManualClock, startSimulator, type FaultRule, type Simulator } from '../index.js';

describe('faults in answering', () => {
  let simulator: Simulator;

  beforeEach(async () => {
    simulator = await startSimulator({ clock: createManualClock(), seed: 7 });
  });
  afterEach(() => simulator.stop());

  const trySend = (id = 'A88726'): Promise<Reply | 'no answer'> =>
    post(`${simulator.url}/api/message`, sendXml({ id })).catch(() => 'no answer' as const);

  const cut: [FaultRule, number][] = [
    [{ action: 'drop-before' }, 0],
    [{ action: 'drop-after' }, 1],
    [{ action: 'half-answer' }, 1],
    [{ action: 'reset' }, 0],
    [{ action: 'reset', processed: true }, 1],
    [{ action: 'garbage' }, 1],
    [{ action: 'garbage', processed: false }, 0],
  ];
  it.each(cut)('%j gives no answer and sends %i SMS', async (rule, sent) => {
    simulator.addFault(rule);
    expect(await trySend()).toBe('no answer');
    expect(simulator.ledger()).toHaveLength(sent);
    expect(simulator.requests()[0]).toMatchObject({
      processed: sent === 1,
      status: null,
      httpStatus: null,
      faults: [rule.action],
    });
  });

  it('half an answer has a valid head and less body than announced', async () => {
    simulator.addFault({ action: 'half-answer' });
    const xml = sendXml();
    const raw = await sendRaw(
      simulator.port,
      `POST /api/message HTTP/1.1\r\nHost: x\r\nContent-Length: ${xml.length}\r\n\r\n${xml}`,
    );
    expect(raw).toMatch(/^HTTP\/1\.1 200/);
    expect(raw).toContain('<response');
    expect(raw).not.toContain('</response>');
  });

  const pages: [FaultRule, number, string, number][] = [
    [{ action: 'http-before' }, 503, 'unavailable', 0],
    [{ action: 'http-before', status: 404 }, 404, 'unavailable', 0],
    [{ action: 'http-after' }, 502, 'unavailable', 1],
    [{ action: 'redirect' }, 302, '', 0],
    [{ action: 'html' }, 200, '<html>', 0],
    [{ action: 'html', processed: true }, 200, '<html>', 1],
    [{ action: 'empty' }, 200, '', 1],
    [{ action: 'empty', processed: false }, 200, '', 0],
  ];
  it.each(pages)('%j answers HTTP %i with "%s" and sends %i SMS', async (rule, status, body, sent) => {
    simulator.addFault(rule);
    expect(await trySend()).toMatchObject({ status, body: expect.stringContaining(body) });
    expect(simulator.ledger()).toHaveLength(sent);
  });

  it.each([0, 1, 4, 9, 42])('a chosen status: %i, not processed by default', async (code) => {
    simulator.addFault({ action: 'status', code });
    expect(await sendMessage(simulator)).toMatchObject({ id: 'A88726', status: String(code) });
    expect(simulator.ledger()).toEqual([]);
  });

  it('status 9 for a request that was processed anyway', async () => {
    simulator.addFault({ action: 'status', code: 9, processed: true, phones: 0, message: 'busy' });
    expect(await sendMessage(simulator)).toMatchObject({ status: '9', phones: '0', smscnt: '1', message: 'busy' });
    expect(simulator.ledger()).toHaveLength(1);
  });

  it('an answer with another id, and one without a status', async () => {
    simulator.setFaults([
      { action: 'wrong-id', times: 1 },
      { action: 'no-status', times: 1 },
    ]);
    expect((await sendMessage(simulator, { id: 'B1' }))['id']).not.toBe('B1');
    expect(await sendMessage(simulator, { id: 'B2' })).not.toHaveProperty('status');
    expect(simulator.ledger()).toHaveLength(2);
  });

  it('hang: no answer comes until the connection ends', async () => {
    simulator.addFault({ action: 'hang' });
    const answer = trySend();
    while (simulator.ledger().length === 0) await new Promise(setImmediate);
    expect(simulator.stats().requests.inFlight).toBe(1);
    await simulator.goDown();
    expect(await answer).toBe('no answer');
  });

  it('latency: processed before it, or after it', async () => {
    simulator.setFaults([
      { id: 'EARLY', action: 'latency', ms: 40 },
      { id: 'LATE', action: 'latency', ms: 40, maxMs: 60, processing: 'after' },
    ]);
    const startedAt = performance.now();
    const answers = [trySend('EARLY'), trySend('LATE')];
    while (simulator.requests().length < 2) await new Promise(setImmediate);
    expect(simulator.ledger().map(({ packetId }) => packetId)).toEqual(['EARLY']);
    expect(await Promise.all(answers)).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(performance.now() - startedAt).toBeGreaterThan(35);
    expect(simulator.ledger()).toHaveLength(2);
    expect(simulator.stats().requests.maxInFlight).toBe(2);
  });

  it('rules match by call, account, id and phone', async () => {
    simulator.setFaults([
      { call: 'dr', action: 'status', code: 5 },
      { account: 'other', action: 'status', code: 2 },
      { id: 'B7', action: 'status', code: 7 },
      { phone: '*9999', action: 'status', code: 6 },
      { phone: '99670*', action: 'status', code: 8 },
    ]);
    expect((await sendMessage(simulator, { id: 'B1' }))['status']).toBe('0');
    expect((await sendMessage(simulator, { id: 'B7' }))['status']).toBe('7');
    expect((await sendMessage(simulator, { id: 'B8', phones: ['996550123456', '+996550129999'] }))['status']).toBe('6');
    expect((await askReport(simulator, 'B1')).status).toBe('5');
  });

  it('rules start late and stop: after, times', async () => {
    simulator.addFault({ action: 'status', code: 9, after: 1, times: 2 });
    const statuses: (string | undefined)[] = [];
    for (const id of ['D1', 'D2', 'D3', 'D4']) statuses.push((await sendMessage(simulator, { id }))['status']);
    expect(statuses).toEqual(['0', '9', '9', '0']);
    expect(simulator.state().faults[0]?.taken).toBe(2);
  });

  it('probability gives the same result with the same seed', async () => {
    const draw = async (): Promise<string> => {
      simulator.setFaults([{ action: 'status', code: 9, probability: 0.5 }]);
      let drawn = '';
      for (let n = 0; n < 24; n += 1) drawn += (await sendMessage(simulator, { id: `E${n}` }))['status'] ?? '';
      return drawn;
    };
    const first = await draw();
    simulator.reset();
    expect(await draw()).toBe(first);
    expect(first).toMatch(/0/);
    expect(first).toMatch(/9/);
  });

  it('a request whose answer was lost can be processed late, and its repeat gets 10 after that', async () => {
    simulator.setDials({ lateProcessingMs: 5000 });
    simulator.addFault({ action: 'drop-after', times: 1 });
    expect(await trySend()).toBe('no answer');
    expect(simulator.ledger()).toEqual([]);
    expect((await askReport(simulator)).status).toBe('4');
    await simulator.advance(5000);
    expect(simulator.ledger()).toHaveLength(1);
    expect(simulator.requests()[0]).toMatchObject({ processed: true, status: null, outcome: 0 });
    expect(fieldsOf(String(((await trySend()) as Reply).body))['status']).toBe('10');
  });

  it('a request processed after its repeat sends a second SMS unless ids are blocked, and doubles() shows it', async () => {
    simulator.setDials({ lateProcessingMs: 5000, dedupe: 'none' });
    simulator.addFault({ action: 'drop-after', times: 1 });
    await trySend();
    await trySend();
    expect(simulator.doubles()).toEqual([]);
    await simulator.advance(5000);
    expect(simulator.doubles()).toMatchObject([
      { phone: '996550123456', text: 'Any SMS message text', count: 2, packetIds: ['A88726', 'A88726'] },
    ]);
  });

  it.each<[string, FaultRule]>([
    ['drop-after', { action: 'drop-after', lateMs: 700 }],
    ['http-after', { action: 'http-after', lateMs: 700 }],
    ['hang', { action: 'hang', lateMs: 700 }],
    ['reset', { action: 'reset', processed: true, lateMs: 700 }],
    ['html', { action: 'html', processed: true, lateMs: 700 }],
    ['empty', { action: 'empty', lateMs: 700 }],
    ['garbage', { action: 'garbage', lateMs: 700 }],
    ['status 9', { action: 'status', code: 9, processed: true, lateMs: 700 }],
  ])('%s: a rule can have its own lateMs', async (_name, rule) => {
    simulator.addFault(rule);
    const answer = trySend();
    while (simulator.requests().length === 0) await new Promise(setImmediate);
    await simulator.advance(699);
    expect(simulator.ledger()).toEqual([]);
    await simulator.advance(1);
    expect(simulator.ledger()).toHaveLength(1);
    await simulator.goDown();
    await answer;
  });

  it('goes down and comes back on the same port with its state', async () => {
    await sendMessage(simulator);
    await simulator.goDown();
    expect(await trySend('B1')).toBe('no answer');
    await simulator.comeBack();
    expect((await sendMessage(simulator))['status']).toBe('10');
  });

  it.each([
    [{ action: 'explode' }, 'must be one of'],
    [{}, 'action is missing'],
    [{ action: 'status' }, 'code is needed'],
    [{ action: 'drop-after', ms: 5 }, 'does not apply to the action'],
    [{ action: 'lost', call: 'message' }, 'for the call "push"'],
    [{ action: 'latency', ms: -1 }, 'milliseconds'],
    [{ action: 'empty', colour: 'red' }, 'no setting "colour"'],
  ])('refuses the rule %j: %s', (rule, fault) => {
    expect(() => simulator.addFault(rule as FaultRule)).toThrow(fault);
  });
});
