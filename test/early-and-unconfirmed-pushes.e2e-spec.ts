import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { SmsProModule, SmsProService, type SmsProModuleOptions } from 'nestjs-sms-pro';
import { startSimulator, type Simulator } from 'sms-pro-simulator';
import { bootApp, quickOptions, scratchFolder } from './support/booted-app.js';
import { eventually, LONG_MS } from './support/eventually.js';
import { GatewayGate } from './support/gateway-gate.js';
import { reportXml } from './support/report-xml.js';
import { rowsOf } from './support/rows-of.js';

const PHONE = '996555123401';
const HOUR_MS = 60 * 60_000;

let simulator: Simulator;
let folder: Awaited<ReturnType<typeof scratchFolder>>;
let app: INestApplication | null = null;
let url: string;
let sms: SmsProService;

beforeEach(async () => {
  folder = await scratchFolder();
  simulator = await startSimulator({ lives: { sentAfterMs: 0, deliveredAfterMs: 20 } });
});

afterEach(async () => {
  await app?.close();
  app = null;
  await simulator.stop();
  await folder.remove();
});

async function boot(changes: Partial<SmsProModuleOptions>): Promise<SmsProModuleOptions> {
  const options = { ...quickOptions(simulator.url, folder.file('sms.sqlite')), ...changes };
  const booted = await bootApp({ modules: [SmsProModule.forRoot(options)] });
  ({ app, url } = booted);
  sms = app.get(SmsProService);
  return options;
}

const pushToUs = () => simulator.setAccount({ login: 'demo', reportUrl: `${url}/sms-pro/reports` });

const push = async (packetId: string, code: string) =>
  fetch(`${url}/sms-pro/reports`, { method: 'POST', body: reportXml(packetId, { [PHONE]: code }) });

const statusOf = async (messageId: string) => (await sms.status(messageId))?.recipients[0]?.status;

it('a push that arrives while the POST is still open is kept, and the answer after it brings what was billed', async () => {
  const gate = await GatewayGate.before(simulator.url);
  const options = await boot({
    baseUrl: gate.url,
    timeoutMs: LONG_MS,
    dispatch: { leaseMs: LONG_MS + 10_000 },
    polling: { enabled: false },
  });
  pushToUs();
  // Taken at once, and answered late.
  gate.close();
  const { messageId } = await sms.send({ to: PHONE, text: 'Hello' });
  await sms.waitFor(messageId, 'final', { timeoutMs: LONG_MS });
  expect(gate.inFlight).toBe(1);
  expect(await statusOf(messageId)).toBe('delivered');
  gate.open();
  // It waits for the answer.
  await app?.close();
  app = null;
  await gate.stop();
  expect(await statusRow(options)).toEqual({ status: 'delivered', state: 'accepted', smscnt: 1, estimated: 0 });
  expect(simulator.ledger()).toHaveLength(1);
});

it.each([
  ['+06:00', undefined],
  ['+05:00', 300],
  ['+00:00', 0],
])('the times of a report in zone %s are instants', async (reportZone, reportUtcOffsetMinutes) => {
  simulator.setDials({ reportZone });
  await boot({
    polling: { enabled: false },
    ...(reportUtcOffsetMinutes === undefined ? {} : { reportUtcOffsetMinutes }),
  });
  pushToUs();
  const { messageId, packetIds } = await sms.send({ to: PHONE, text: 'Hello' });
  const status = await sms.waitFor(messageId, 'final', { timeoutMs: LONG_MS });
  const [truth] = simulator.packets({ packetId: packetIds[0] ?? '' })[0]?.phones ?? [];
  // A report has whole seconds.
  const toSecond = (ms: number | null | undefined) => new Date(Math.floor((ms ?? Number.NaN) / 1_000) * 1_000);
  expect(status.recipients[0]).toMatchObject({
    sentAt: toSecond(truth?.sentAt),
    deliveredAt: toSecond(truth?.receivedAt),
  });
});

describe('with reports.confirm', () => {
  // Nothing is polled by itself: whatever is asked, a push was the reason.
  const confirm = { reports: { confirm: true }, polling: { intervalMs: 100, staleAfterMs: HOUR_MS } };

  it('a push makes the module query the gateway, and only that answer is kept', async () => {
    simulator.setLives({ sentAfterMs: 0, deliveredAfterMs: HOUR_MS });
    const options = await boot(confirm);
    const { messageId, packetIds } = await sms.send({ to: PHONE, text: 'Hello' });
    await sms.waitFor(messageId, 'accepted', { timeoutMs: LONG_MS });
    // Somebody who knows the id and the phone says that it was delivered.
    expect((await push(packetIds[0] ?? '', '3')).status).toBe(200);
    await eventually(
      () => statusOf(messageId),
      (status) => status === 'sent',
    );
    simulator.forceReport({ packetId: packetIds[0] ?? '', phone: PHONE, report: 4 });
    expect((await push(packetIds[0] ?? '', '3')).status).toBe(200);
    await sms.waitFor(messageId, 'final', { timeoutMs: LONG_MS });
    expect(await statusOf(messageId)).toBe('undelivered');
    await app?.close();
    app = null;
    const reports = await rowsOf(options.database, 'SELECT DISTINCT source FROM sms_pro_report');
    expect(reports).toEqual([{ source: 'poll' }]);
  });

  it('the gateway’s own pushes are confirmed at once', async () => {
    await boot(confirm);
    pushToUs();
    const { messageId } = await sms.send({ to: PHONE, text: 'Hello' });
    const { counts } = await sms.waitFor(messageId, 'final', { timeoutMs: LONG_MS });
    expect(counts.delivered).toBe(1);
  });
});

async function statusRow({ database }: SmsProModuleOptions) {
  const [row] = await rowsOf(
    database,
    `SELECT r.status, p.state, p.smscnt, p.estimated FROM sms_pro_recipient r JOIN sms_pro_packet p ON p.packet_id = r.packet_id`,
  );
  return row;
}
