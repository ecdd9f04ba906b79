import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SmsProModuleOptions, SmsStatus } from 'nestjs-sms-pro';
import { startSimulator, type Simulator } from 'sms-pro-simulator';
import type { DataSourceOptions } from 'typeorm';
import type { HeardEvent } from '../processes/event-recorder.js';
import { quickOptions, scratchFolder } from '../support/booted-app.js';
import { eventually, LONG_MS } from '../support/eventually.js';
import { HostProcess } from '../support/host-process.js';
import { reportXml } from '../support/report-xml.js';
import { rowsOf } from '../support/rows-of.js';
import { testDatabases } from '../support/test-databases.js';

const KILLS = 4;
const MESSAGES_OF_A_WAVE = 6;
const PHONES_OF_EACH = 40;
/** The call of its slow subscriber in which a process is killed. */
const LAST_CALL = 75;
/** How often a process is looked at before it gets more to deliver: another one may have delivered all that was there. */
const LOOKS_BEFORE_MORE = 200;
const SUBSCRIBERS = ['HastyRecorder.see', 'SlowRecorder.see'];

interface Ground {
  readonly name: string;
  readonly processes: number;
  /** The database, where it is not the one of the scratch folder. */
  readonly database?: () => Promise<{ readonly options: DataSourceOptions; drop(): Promise<void> }>;
}

const postgres = (await testDatabases()).find(({ name }) => name === 'postgres');
const GROUNDS: readonly Ground[] = [
  { name: 'one process', processes: 1 },
  ...(postgres === undefined
    ? []
    : [{ name: 'two processes on PostgreSQL', processes: 2, database: () => postgres.create() }]),
];

describe.each(GROUNDS)('$name, killed in a storm of reports and events', ({ processes, database }) => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let simulator: Simulator;
  let options: SmsProModuleOptions;
  let drop: () => Promise<void>;
  let heardFile: string;
  const hosts: HostProcess[] = [];
  const messageIds: string[] = [];
  const packetIds: string[] = [];

  beforeEach(async () => {
    folder = await scratchFolder();
    heardFile = folder.file('heard.ndjson');
    writeFileSync(heardFile, '');
    const scratch = await database?.();
    drop = scratch?.drop ?? (async () => {});
    simulator = await startSimulator({
      lives: {
        endings: false,
        sentAfterMs: 20,
        deliveredAfterMs: 120,
        rules: [{ probability: 0.2, report: 4 }],
      },
      push: { order: 'shuffled', batchSize: 5, retryDelayMs: 500 },
      faults: [{ call: 'push', probability: 0.2, action: 'doubled' }],
    });
    const quick = quickOptions(simulator.url, folder.file('sms.sqlite'));
    options = {
      ...quick,
      timeoutMs: 500,
      dispatch: { ...quick.dispatch, leaseMs: 10_500 },
      ...(scratch === undefined ? {} : { database: scratch.options }),
    };
  });

  afterEach(async () => {
    await Promise.all(hosts.splice(0).map((host) => host.kill()));
    await simulator.stop();
    await drop();
    await folder.remove();
  });

  /** Only whole lines: a process may be in the middle of one. */
  const heard = (): HeardEvent[] =>
    readFileSync(heardFile, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as HeardEvent);

  const boot = async (at: number): Promise<HostProcess> => {
    const host = await HostProcess.start(options, { heardFile });
    hosts[at] = host;
    simulator.setAccount({ login: 'demo', reportUrl: `${host.url}/sms-pro/reports` });
    return host;
  };

  const send = async (host: HostProcess, amount: number): Promise<void> => {
    for (let count = 0; count < amount; count += 1) {
      const serial = messageIds.length;
      const to = Array.from(
        { length: PHONES_OF_EACH },
        (_, at) => `99655${String(serial).padStart(4, '0')}${String(at).padStart(3, '0')}`,
      );
      const receipt = await host.send({ to, text: `Message ${serial}` });
      messageIds.push(receipt.messageId);
      packetIds.push(...receipt.packetIds);
    }
  };

  /** However the processes share the events, each gets its part in the end: there is more to deliver until it does. */
  const untilHeldUp = async (host: HostProcess): Promise<void> => {
    let looks = 0;
    await eventually(
      async () => {
        looks += 1;
        if (looks % LOOKS_BEFORE_MORE === 0) await send(host, 1);
        return host.isHeldUp();
      },
      (isHeldUp) => isHeldUp,
    );
  };

  /** Every event was shown to everybody, and is marked as delivered. */
  const untilAllIsDelivered = async (host: HostProcess): Promise<void> => {
    await eventually(
      () => host.query('SELECT event_id FROM sms_pro_event WHERE done_at IS NULL'),
      (open) => open.length === 0,
    );
    await eventually(
      () => host.query('SELECT event_seq FROM sms_pro_delivery'),
      (open) => open.length === 0,
    );
  };

  /** Pushes what the simulator would: reports of before, of now and doubled, until the process is gone. */
  const storm = async (host: HostProcess, signal: AbortSignal): Promise<void> => {
    for (let turn = 0; !signal.aborted; turn += 1) {
      const packets = simulator.packets({ packetId: packetIds[(turn * 7) % packetIds.length] ?? '' });
      for (const { packetId, phones } of packets) {
        const now = Object.fromEntries(phones.map(({ phone, report }) => [phone, String(report)]));
        const before = Object.fromEntries(phones.map(({ phone }) => [phone, '1']));
        for (const codes of turn % 2 === 0 ? [now, before] : [before, now]) {
          const body = reportXml(packetId, codes);
          // A process that is killed answers nothing.
          await fetch(`${host.url}/sms-pro/reports`, { method: 'POST', body, signal }).catch(() => {});
        }
      }
    }
  };

  const isHeardInFull = (statuses: readonly SmsStatus[]): boolean => {
    const seen = new Set(
      heard().map(({ subscriber, name, messageId, phone }) => `${subscriber} ${name} ${messageId} ${phone}`),
    );
    return SUBSCRIBERS.every((subscriber) =>
      statuses.every(
        ({ messageId, recipients }) =>
          seen.has(`${subscriber} message.completed ${messageId} null`) &&
          recipients.every(({ phone, status }) => seen.has(`${subscriber} recipient.${status} ${messageId} ${phone}`)),
      ),
    );
  };

  it('loses no event, and tells no recipient out of order', async () => {
    for (let at = 0; at < processes; at += 1) await boot(at);
    for (let kill = 0; kill < KILLS; kill += 1) {
      const at = kill % processes;
      const host = hosts[at] ?? (await boot(at));
      await host.holdUpAt(LAST_CALL);
      await send(host, MESSAGES_OF_A_WAVE);
      const over = new AbortController();
      const storms = hosts.map((one) => storm(one, over.signal));
      await untilHeldUp(host);
      await host.kill();
      over.abort();
      await Promise.all(storms);
      await boot(at);
    }
    const statuses: SmsStatus[] = [];
    for (const messageId of messageIds) {
      const [host] = hosts;
      if (host !== undefined) statuses.push(await host.wait(messageId, LONG_MS));
    }
    const [last] = hosts;
    if (last !== undefined) await untilAllIsDelivered(last);
    await Promise.all(hosts.splice(0).map((host) => host.close()));

    const events = await rowsOf(
      options.database,
      'SELECT event_id, name, order_key, phone FROM sms_pro_event ORDER BY event_seq',
    );
    const seen = heard();
    expect(statuses.length).toBeGreaterThanOrEqual(KILLS * MESSAGES_OF_A_WAVE);
    expect(isHeardInFull(statuses)).toBe(true);
    for (const subscriber of SUBSCRIBERS) {
      const firstSeen = new Map<string, number>();
      for (const [position, one] of seen.entries()) {
        if (one.subscriber === subscriber && !firstSeen.has(one.eventId)) firstSeen.set(one.eventId, position);
      }
      const unseen = events.filter(
        (row) => !firstSeen.has(String(row['event_id'])) && row['name'] !== 'packet.uncertain',
      );
      expect(unseen).toEqual([]);
      expect(outOfOrder(events, firstSeen)).toEqual([]);
    }
    const completed = events.filter((row) => row['name'] === 'message.completed');
    expect(completed).toHaveLength(messageIds.length);
    // Every kill had an effect: what a process had shown and could not write as delivered was shown again.
    const slow = seen.filter(({ subscriber }) => subscriber === 'SlowRecorder.see').map(({ eventId }) => eventId);
    expect(slow.length - new Set(slow).size).toBeGreaterThanOrEqual(KILLS);
  });
});

/** Events of a recipient that were first seen before an earlier one of the same recipient. */
function outOfOrder(
  events: readonly Readonly<Record<string, unknown>>[],
  firstSeen: ReadonlyMap<string, number>,
): string[] {
  const lastOfKey = new Map<string, number>();
  const wrong: string[] = [];
  for (const event of events) {
    if (event['phone'] === null) continue;
    const key = String(event['order_key']);
    const position = firstSeen.get(String(event['event_id'])) ?? -1;
    if (position < (lastOfKey.get(key) ?? -1)) wrong.push(`${String(event['name'])} of ${key}`);
    lastOfKey.set(key, Math.max(position, lastOfKey.get(key) ?? -1));
  }
  return wrong;
}
