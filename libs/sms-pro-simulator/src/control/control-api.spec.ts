import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { askReport, send, sendMessage } from '../gateway-client.fixture.js';
import { startReportReceiver } from '../push/report-receiver.fixture.js';
import { createManualClock, startSimulator, type Simulator } from '../index.js';

describe('the control API', () => {
  let simulator: Simulator;

  beforeEach(async () => {
    simulator = await startSimulator({ clock: createManualClock(1_000_000) });
  });
  afterEach(() => simulator.stop());

  const control = async (method: string, path: string, body?: unknown): Promise<{ status: number; json: unknown }> => {
    const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    const reply = await send(method, `${simulator.controlUrl}${path}`, text);
    return { status: reply.status, json: JSON.parse(reply.body) };
  };

  it('is healthy', async () => {
    expect(await control('GET', '/health')).toEqual({ status: 200, json: { status: 'ok' } });
  });

  it('returns what the methods return', async () => {
    await sendMessage(simulator, { phones: ['996550123456', '996550123457'] });
    expect((await control('GET', '/ledger')).json).toEqual(simulator.ledger());
    expect((await control('GET', '/ledger?phone=996550123457')).json).toEqual(simulator.ledger().slice(1));
    expect((await control('GET', '/packets?packetId=A88726')).json).toEqual(simulator.packets());
    expect((await control('GET', '/packets?packetId=other')).json).toEqual([]);
    expect((await control('GET', '/requests')).json).toEqual(simulator.requests());
    expect((await control('GET', '/stats')).json).toEqual(simulator.stats());
    expect((await control('GET', '/state')).json).toEqual(simulator.state());
    expect((await control('GET', '/doubles')).json).toEqual([]);
    expect((await control('GET', '/pushes')).json).toEqual([]);
  });

  it('sets accounts, dials, push, lives, faults and the answer form', async () => {
    await control('POST', '/accounts', { login: 'second', password: 'p', balance: '5.00' });
    await control('PUT', '/dials', { dedupe: { windowMs: 5 } });
    await control('PUT', '/push', { retries: 1 });
    await control('PUT', '/lives', { report: 4 });
    await control('POST', '/faults', { action: 'drop-after', times: 1 });
    await control('PUT', '/answer-form', { form: 'document' });
    expect(simulator.state()).toMatchObject({
      answerForm: 'document',
      dials: { dedupe: { windowMs: 5 } },
      push: { retries: 1 },
      lives: { report: 4 },
      faults: [{ action: 'drop-after', taken: 0 }],
    });
    expect(simulator.account('second')).toMatchObject({ balance: '5.00', smsPrice: '1.00' });
    await control('PUT', '/faults', [{ action: 'hang' }, { action: 'html' }]);
    expect(simulator.state().faults).toHaveLength(2);
    await control('DELETE', '/faults');
    expect(simulator.state().faults).toEqual([]);
  });

  it('moves the clock, forces and pushes reports, forgets pushes', async () => {
    const receiver = await startReportReceiver();
    simulator.setAccount({ login: 'demo', reportUrl: receiver.url });
    await sendMessage(simulator);
    expect((await control('POST', '/clock/advance', { ms: 200 })).json).toEqual({ now: 1_000_200 });
    expect((await control('POST', '/push', {})).json).toEqual({ reports: 1 });
    expect((await control('POST', '/report', { packetId: 'A88726', report: 7 })).json).toEqual({ phones: 1 });
    await control('POST', '/flush');
    expect(receiver.reports()).toEqual(['996550123456:1', '996550123456:1', '996550123456:7']);
    await control('POST', '/forget-push', { phone: '*' });
    await control('POST', '/push');
    expect(receiver.pushes).toHaveLength(3);
    expect((await askReport(simulator)).phones[0]?.report).toBe('7');
    await receiver.stop();
  });

  it('resets to the state at start', async () => {
    await sendMessage(simulator);
    simulator.setDials({ dedupe: 'none' });
    await control('POST', '/reset');
    expect(simulator.ledger()).toEqual([]);
    expect(simulator.requests()).toEqual([]);
    expect(simulator.state()).toMatchObject({ dials: { dedupe: 'forever' }, accounts: [{ balance: '1000000.00' }] });
  });

  it.each([
    ['PUT', '/dials', '{', 400, 'not JSON'],
    ['PUT', '/dials', '[]', 400, 'must be an object'],
    ['PUT', '/dials', { idForm: 'free' }, 400, 'dials.idForm must be one of document, lenient'],
    ['POST', '/accounts', { login: 'x' }, 400, 'needs a login and a password'],
    ['POST', '/accounts', { login: 'demo', balance: 5 }, 400, 'som as text'],
    ['POST', '/faults', { action: 'late' }, 400, 'ms is needed'],
    ['PUT', '/faults', {}, 400, 'must be a list'],
    ['PUT', '/lives', { rules: [{ phone: '*' }] }, 400, 'needs a report code'],
    ['POST', '/clock/advance', { ms: -5 }, 400, 'milliseconds'],
    ['POST', '/report', { packetId: 'A' }, 400, 'needs packetId and report'],
    ['GET', '/ledger?colour=red', '', 400, 'no setting "colour"'],
    ['PUT', '/answer-form', { form: 'new' }, 400, 'live, document'],
    ['GET', '/other', '', 404, 'There are: /health'],
    ['PATCH', '/dials', '', 405, 'GET or POST or PUT'],
  ])('%s %s %j is answered with %i: %s', async (method, path, body, status, error) => {
    expect(await control(method, path, body)).toEqual({ status, json: { error: expect.stringContaining(error) } });
  });

  it('an invalid rule in a list leaves the old rules unchanged', async () => {
    simulator.addFault({ action: 'html' });
    await control('PUT', '/faults', [{ action: 'hang' }, { action: 'boom' }]);
    expect(simulator.state().faults).toMatchObject([{ action: 'html' }]);
  });
});
