import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { SmsProModuleOptions } from 'nestjs-sms-pro';
import { startSimulator, type Simulator } from 'sms-pro-simulator';
import { quickOptions, scratchFolder } from '../support/booted-app.js';
import { eventually, LONG_MS } from '../support/eventually.js';
import { GatewayGate } from '../support/gateway-gate.js';
import { HostProcess } from '../support/host-process.js';
import { rowsOf } from '../support/rows-of.js';

// A lease must outlive its request by 10 s, and a dead worker's packet is taken up when its lease ends.
const TIMEOUT_MS = 500;
const LEASE_MS = 10_500;

/** What a process has differently from `quickOptions()`: rules of dispatch, and these. */
type BootChanges = SmsProModuleOptions['dispatch'] & {
  readonly timeoutMs?: number;
  /** @default the simulator */
  readonly gatewayUrl?: string;
};

describe('a process that is killed', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let simulator: Simulator;
  const hosts: HostProcess[] = [];

  beforeAll(async () => {
    folder = await scratchFolder();
  });

  afterAll(async () => {
    await folder.remove();
  });

  beforeEach(async () => {
    simulator = await startSimulator({ lives: { sentAfterMs: 0, deliveredAfterMs: 0 } });
  });

  afterEach(async () => {
    await Promise.all(hosts.splice(0).map((host) => host.kill()));
    await simulator.stop();
  });

  /** A process with a short lease, so that what it leaves behind is soon free. */
  const shortLived = { timeoutMs: TIMEOUT_MS, leaseMs: LEASE_MS };

  const boot = async (file: string, { timeoutMs, gatewayUrl = simulator.url, ...dispatch }: BootChanges = {}) => {
    const quick = quickOptions(gatewayUrl, folder.file(file));
    const host = await HostProcess.start({
      ...quick,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      dispatch: { ...quick.dispatch, ...dispatch },
    });
    hosts.push(host);
    return host;
  };

  it('between commit and POST loses nothing', async () => {
    const first = await boot('commit.sqlite', { enabled: false });
    const { messageId } = await first.send({ to: ['996555123401', '996555123411'], text: 'Hello' });
    await first.kill();
    expect(simulator.ledger()).toEqual([]);

    const second = await boot('commit.sqlite');
    const status = await second.wait(messageId, LONG_MS);
    expect(status.counts.delivered).toBe(2);
    expect(simulator.ledger()).toHaveLength(2);
    expect(simulator.doubles()).toEqual([]);
  });

  it.each([
    ['the gateway had taken it: it is not sent again', true, 1],
    ['the gateway had not: it is sent again, under the same id', false, 2],
  ])('between POST and answer, and %s', async (_what, processed, posts) => {
    simulator.addFault({ call: 'message', times: 1, action: 'hang', processed });
    const first = await boot(`post-${String(processed)}.sqlite`, shortLived);
    const { messageId } = await first.send({ to: '996555123401', text: 'Hello' });
    const sent = () => simulator.requests().filter(({ call }) => call === 'message');
    await eventually(sent, (requests) => requests.length >= 1);
    await first.kill();

    const second = await boot(`post-${String(processed)}.sqlite`);
    const status = await second.wait(messageId, LONG_MS);
    expect(status.counts.delivered).toBe(1);
    expect(sent()).toHaveLength(posts);
    expect(new Set(sent().map(({ packetId }) => packetId)).size).toBe(1);
    expect(simulator.ledger()).toHaveLength(1);
    expect(simulator.doubles()).toEqual([]);
  });

  it('a shutdown lets what is in flight finish', async () => {
    const gate = await GatewayGate.before(simulator.url);
    const first = await boot('shutdown.sqlite', {
      gatewayUrl: gate.url,
      timeoutMs: LONG_MS,
      leaseMs: LONG_MS + 10_000,
    });
    gate.close();
    const { messageId } = await first.send({ to: '996555123401', text: 'Hello' });
    await eventually(
      () => gate.inFlight,
      (inFlight) => inFlight > 0,
    );
    const closing = first.close();
    // The shutdown has begun by then. On a busy machine it may not have: the answer is then there before it.
    await pause(1_000);
    gate.open();
    await closing;
    await gate.stop();

    // The packet was settled before the process ended.
    const { database } = quickOptions(simulator.url, folder.file('shutdown.sqlite'));
    const packets = await rowsOf(database, `SELECT state FROM sms_pro_packet WHERE message_id = '${messageId}'`);
    expect(packets).toEqual([{ state: 'accepted' }]);
    const second = await boot('shutdown.sqlite');
    const status = await second.wait(messageId, LONG_MS);
    expect(status.counts.delivered).toBe(1);
    expect(simulator.ledger()).toHaveLength(1);
  });
});
