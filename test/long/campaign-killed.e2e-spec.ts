import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startSimulator, type Simulator } from 'sms-pro-simulator';
import { quickOptions, scratchFolder } from '../support/booted-app.js';
import { eventually } from '../support/eventually.js';
import { HostProcess } from '../support/host-process.js';

describe('a campaign', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let simulator: Simulator;
  const hosts: HostProcess[] = [];

  beforeEach(async () => {
    folder = await scratchFolder();
    simulator = await startSimulator({ lives: { sentAfterMs: 0, deliveredAfterMs: 0, endings: false } });
  });

  afterEach(async () => {
    await Promise.all(hosts.splice(0).map((host) => host.kill()));
    await simulator.stop();
    await folder.remove();
  });

  const boot = async () => {
    const host = await HostProcess.start(quickOptions(simulator.url, folder.file('campaign.sqlite')));
    hosts.push(host);
    return host;
  };

  it('whose process is killed in the middle is resumed under its key: no phone twice, none lost', async () => {
    const amount = 6_000;
    const first = await boot();
    const stored = await first.sendBulk({ amount, idempotencyKey: 'spring', answerAt: 1_000 });
    await first.kill();
    expect(stored).toBeLessThan(amount);

    const second = await boot();
    const receipt = await second.sendBulk({ amount, idempotencyKey: 'spring' });
    expect(receipt).toMatchObject({ messages: amount, recipients: amount, rejectedTotal: 0, duplicate: false });
    await eventually(
      () => simulator.ledger().length,
      (length) => length >= amount,
    );
    expect(simulator.ledger()).toHaveLength(amount);
    expect(new Set(simulator.ledger().map(({ phone }) => phone)).size).toBe(amount);
    expect(simulator.doubles()).toEqual([]);
  });
});
