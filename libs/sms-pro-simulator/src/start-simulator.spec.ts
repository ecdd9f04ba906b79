import { describe, expect, it } from '@jest/globals';
import { askReport, sendMessage } from './gateway-client.fixture.js';
import { createManualClock, startSimulator, type SimulatorOptions } from './index.js';

describe('startSimulator', () => {
  it('works with nothing configured, on real time', async () => {
    const simulator = await startSimulator({ lives: { sentAfterMs: 0, deliveredAfterMs: 0 } });
    expect((await sendMessage(simulator))['status']).toBe('0');
    expect((await askReport(simulator)).phones[0]?.report).toBe('3');
    await simulator.stop();
  });

  it('real time can jump ahead', async () => {
    const simulator = await startSimulator();
    await sendMessage(simulator);
    const before = simulator.clock.now();
    await simulator.advance(3_600_000);
    expect(simulator.clock.now() - before).toBeGreaterThanOrEqual(3_600_000);
    expect((await askReport(simulator)).phones[0]?.report).toBe('3');
    await simulator.stop();
  });

  it('with `keep: counts` keeps only counts and the latest packets', async () => {
    const simulator = await startSimulator({ keep: 'counts', maxPackets: 2 });
    for (const id of ['A1', 'A2', 'A3']) await sendMessage(simulator, { id });
    expect([simulator.ledger(), simulator.requests(), simulator.doubles()]).toEqual([[], [], []]);
    expect(simulator.packets().map(({ packetId }) => packetId)).toEqual(['A2', 'A3']);
    expect(simulator.stats()).toMatchObject({
      billing: { demo: { messages: 3, billed: '3.00' } },
      requests: { total: 3, byCall: { message: { 0: 3 } } },
    });
    // Forgotten by /api/dr, but the id stays used.
    expect((await sendMessage(simulator, { id: 'A1' }))['status']).toBe('10');
    await simulator.stop();
  });

  it('keeps the latest `maxRequests` requests', async () => {
    const simulator = await startSimulator({ maxRequests: 2 });
    for (const id of ['A1', 'A2', 'A3', 'A4', 'A5']) await sendMessage(simulator, { id });
    expect(simulator.requests().map(({ seq }) => seq)).toEqual([4, 5]);
    await simulator.stop();
  });

  it('several accounts do not share ids, money or packets', async () => {
    const simulator = await startSimulator({
      accounts: [
        { login: 'demo', password: 'demo', balance: '1.00' },
        { login: 'two', password: 'pw & <x>' },
      ],
    });
    expect((await sendMessage(simulator))['status']).toBe('0');
    expect((await sendMessage(simulator, { id: 'B1' }))['status']).toBe('4');
    expect((await sendMessage(simulator, { login: 'two', pwd: 'pw &amp; &lt;x&gt;' }))['status']).toBe('0');
    expect(simulator.ledger({ account: 'two' })).toHaveLength(1);
    expect((await askReport(simulator)).phones).toHaveLength(1);
    await simulator.stop();
  });

  it.each<[unknown, string]>([
    [{ port: 70_000 }, 'options.port'],
    [{ prot: 1 }, 'no setting "prot"'],
    [{ dials: { x: 1 } }, 'no setting "x"'],
    [{ accounts: [{ login: 'a' }] }, 'a login and a password'],
    [{ faults: [{ action: 'status' }] }, 'code is needed'],
    [{ accounts: [{ login: 'a', password: 'b', reportUrl: 'ftp://x' }] }, 'http(s)'],
  ])('refuses %j', async (options, fault) => {
    await expect(startSimulator(options as SimulatorOptions)).rejects.toThrow(fault);
  });

  it('fails when the port is in use', async () => {
    const first = await startSimulator();
    await expect(startSimulator({ port: first.port })).rejects.toThrow('EADDRINUSE');
    await first.stop();
  });

  it('a manual clock stands still, never goes back, and runs what is due in order', async () => {
    const clock = createManualClock(1000);
    const ran: string[] = [];
    clock.schedule(1020, () => ran.push('b'));
    clock.schedule(1010, () => {
      ran.push('a');
      clock.schedule(1015, () => ran.push(`c at ${clock.now()}`));
    });
    clock.schedule(1020, () => ran.push('d'));
    await clock.advance(20);
    await clock.set(500);
    expect(ran).toEqual(['a', 'c at 1015', 'b', 'd']);
    expect(clock.now()).toBe(1020);
    await expect(clock.advance(-1)).rejects.toThrow('forward');
  });
});
