import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startSimulator, type Simulator } from 'sms-pro-simulator';
import { quickOptions, scratchFolder } from '../support/booted-app.js';
import { eventually } from '../support/eventually.js';
import { HostProcess } from '../support/host-process.js';
import { rowsOf } from '../support/rows-of.js';
import { SmallDisk } from '../support/small-disk.js';

const DISK_MB = 24;
const MAY_MOUNT = await SmallDisk.isPossible();

/** Messages that the application asked to be sent, by what `send()` said. */
interface Sends {
  readonly stored: string[];
  readonly refused: Map<string, string>;
}

(MAY_MOUNT ? describe : describe.skip)('a disk that is full for a while', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let disk: SmallDisk;
  let simulator: Simulator;
  const hosts: HostProcess[] = [];
  let phones = 0;

  beforeAll(async () => {
    folder = await scratchFolder();
  });

  afterAll(async () => {
    await folder.remove();
  });

  beforeEach(async () => {
    disk = (await SmallDisk.mount(DISK_MB)) as SmallDisk;
    logs += 1;
    simulator = await startSimulator({ lives: { endings: false, sentAfterMs: 0, deliveredAfterMs: 0 } });
  });

  afterEach(async () => {
    await Promise.all(hosts.splice(0).map((host) => host.kill()));
    await simulator.stop();
    await disk.unmount();
  });

  const database = () => ({ type: 'better-sqlite3', database: disk.file('sms.sqlite') }) as const;
  let logs = 0;
  const logFile = () => folder.file(`host-${logs}.log`);

  const boot = async () => {
    const quick = quickOptions(simulator.url, '');
    const options = {
      ...quick,
      timeoutMs: 500,
      database: database(),
      dispatch: { ...quick.dispatch, leaseMs: 10_500 },
    };
    const host = await HostProcess.start(options, { logFile: logFile() });
    hosts.push(host);
    return host;
  };

  const send = async (host: HostProcess, sends: Sends) => {
    phones += 1;
    const phone = `996555${String(phones).padStart(6, '0')}`;
    try {
      await host.send({ to: phone, text: 'Hello' });
      sends.stored.push(phone);
    } catch (error) {
      sends.refused.set(phone, String(error));
    }
  };

  /** Sends while the disk fills, is full, and is free again. */
  const sendInBadWeather = async (host: HostProcess): Promise<Sends> => {
    const sends: Sends = { stored: [], refused: new Map() };
    for (let at = 0; at < 50; at += 1) await send(host, sends);
    await disk.fill();
    while (sends.refused.size < 300) await send(host, sends);
    await disk.free();
    for (let at = 0; at < 50; at += 1) await send(host, sends);
    return sends;
  };

  const arrived = () => simulator.ledger().map(({ phone }) => phone);

  const untilEnded = async (host: HostProcess) =>
    eventually(
      async () =>
        host.query("SELECT COUNT(*) AS open FROM sms_pro_recipient WHERE status IS NULL OR status <> 'delivered'"),
      ([row]) => row?.['open'] === 0,
    );

  it.each(['a clean stop', 'a kill'])(
    'and %s: what was acknowledged is sent once, the rest was refused',
    async (end) => {
      const first = await boot();
      const { stored, refused } = await sendInBadWeather(first);
      await (end === 'a kill' ? first.kill() : first.close());
      for (const error of refused.values()) expect(error).toContain('nothing of this step was stored');

      const second = await boot();
      await untilEnded(second);
      expect(simulator.doubles()).toEqual([]);
      expect(arrived().toSorted()).toEqual(stored.toSorted());
      await second.close();
      const rows = await rowsOf(database(), 'SELECT phone FROM sms_pro_recipient ORDER BY phone');
      expect(rows.map(({ phone }) => phone)).toEqual(stored.toSorted());
    },
  );

  it('is logged once a second at most, and once that it is over', async () => {
    const host = await boot();
    await sendInBadWeather(host);
    const lines = async () => {
      const log = (await readFile(logFile(), 'utf8')).trim().split('\n');
      return log.map((line) => line.split('\t') as [string, string]).filter(([, text]) => text.includes('database'));
    };
    await eventually(lines, (all) => all.some(([, text]) => text.includes('works again')));
    const all = await lines();
    expect(all.map(([, text]) => text)).toEqual(expect.arrayContaining([expect.stringContaining('SQLITE_FULL')]));
    const times = all.filter(([, text]) => text.includes('SQLITE_FULL')).map(([time]) => Number(time));
    // A millisecond is lost where a time is rounded.
    times.slice(1).forEach((time, at) => expect(time - (times[at] ?? 0)).toBeGreaterThanOrEqual(999));
  });
});
