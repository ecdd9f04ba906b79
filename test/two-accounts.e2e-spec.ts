import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Injectable, type INestApplication } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { SchedulerRegistry } from '@nestjs/schedule';
import {
  InjectSmsPro,
  InjectSmsProReportIntake,
  OnSmsPro,
  SmsProModule,
  SmsProReportIntake,
  SmsProService,
  type SmsProEvent,
  type SmsProModuleOptions,
  type SmsReceipt,
} from 'nestjs-sms-pro';
import { startSimulator, type Simulator } from 'sms-pro-simulator';
import { bootApp, quickOptions, scratchFolder } from './support/booted-app.js';
import { eventually, LONG_MS } from './support/eventually.js';
import { reportXml } from './support/report-xml.js';
import { rowsOf } from './support/rows-of.js';

const PHONES = Array.from({ length: 60 }, (_, at) => `99655500${String(at + 1_100).padStart(4, '0')}`);

/** Hears both accounts, one of them, and what is emitted, each with the account of the event. */
@Injectable()
class Desk {
  readonly any: string[] = [];
  readonly ofBank: string[] = [];
  readonly unmatched: string[] = [];

  constructor(
    @InjectSmsPro() readonly shop: SmsProService,
    @InjectSmsPro('bank') readonly bank: SmsProService,
    @InjectSmsProReportIntake() readonly shopIntake: SmsProReportIntake,
    @InjectSmsProReportIntake('bank') readonly bankIntake: SmsProReportIntake,
  ) {}

  @OnSmsPro('recipient.delivered')
  onAny({ account, messageId, phone }: SmsProEvent<'recipient.delivered'>): void {
    this.any.push(`${account} ${messageId} ${phone}`);
  }

  @OnSmsPro('recipient.delivered', { account: 'bank' })
  onBank({ account, messageId, phone }: SmsProEvent<'recipient.delivered'>): void {
    this.ofBank.push(`${account} ${messageId} ${phone}`);
  }

  @OnSmsPro('report.unmatched')
  onUnmatched({ account, packetId }: SmsProEvent<'report.unmatched'>): void {
    this.unmatched.push(`${account} ${packetId}`);
  }
}

let simulator: Simulator;
let folder: Awaited<ReturnType<typeof scratchFolder>>;
let app: INestApplication | null = null;
let url: string;
let desk: Desk;
let shop: SmsProService;
let bank: SmsProService;

const optionsOf = (file: string): SmsProModuleOptions => quickOptions(simulator.url, folder.file(file));

beforeEach(async () => {
  folder = await scratchFolder();
  simulator = await startSimulator({ lives: { sentAfterMs: 20, deliveredAfterMs: 60 } });
  simulator.setAccount({ login: 'bank', password: 'secret' });
  const booted = await bootApp({
    providers: [Desk],
    modules: [
      SmsProModule.forRoot(optionsOf('shop.sqlite')),
      SmsProModule.forRoot({ ...optionsOf('bank.sqlite'), name: 'bank', login: 'bank', password: 'secret' }),
    ],
  });
  ({ app, url } = booted);
  desk = app.get(Desk);
  ({ shop, bank } = desk);
});

afterEach(async () => {
  await app?.close();
  app = null;
  await simulator.stop();
  await folder.remove();
});

const expected = (account: string, { messageId }: SmsReceipt) =>
  PHONES.map((phone) => `${account} ${messageId} ${phone}`).toSorted();

it('the same phones under two accounts: reports, polls and events stay apart', async () => {
  // The shop's reports are pushed, and some are lost; the bank has set no push up.
  simulator.setAccount({ login: 'demo', reportUrl: `${url}/sms-pro/reports` });
  simulator.addFault({ call: 'push', probability: 0.3, action: 'lost' });
  const [ofShop, ofBank] = await Promise.all([
    shop.send({ to: PHONES, text: 'Hello' }),
    bank.send({ to: PHONES, text: 'Hello' }),
  ]);
  await Promise.all([
    shop.waitFor(ofShop.messageId, 'final', { timeoutMs: LONG_MS }),
    bank.waitFor(ofBank.messageId, 'final', { timeoutMs: LONG_MS }),
  ]);
  await eventually(
    () => [desk.any.length, desk.ofBank.length],
    ([any = 0, own = 0]) => any >= 2 * PHONES.length && own >= PHONES.length,
  );
  expect(desk.any.toSorted()).toEqual([...expected('bank', ofBank), ...expected('default', ofShop)].toSorted());
  expect(desk.ofBank.toSorted()).toEqual(expected('bank', ofBank));

  // Each account queried and sent its own packets only.
  const owners = new Map([
    ...ofShop.packetIds.map((id) => [id, 'demo'] as const),
    ...ofBank.packetIds.map((id) => [id, 'bank'] as const),
  ]);
  const requests = simulator.requests().filter(({ call }) => call === 'dr' || call === 'message');
  for (const { account, packetId } of requests) {
    expect(`${packetId} ${account}`).toBe(`${packetId} ${owners.get(packetId)}`);
  }
  expect(new Set(requests.filter(({ call }) => call === 'dr').map(({ account }) => account))).toContain('bank');
  expect(await shop.status(ofBank.messageId)).toBeNull();
  expect(await bank.status(ofShop.messageId)).toBeNull();

  expect(await desk.shopIntake.getReportState()).toMatchObject({
    lastPushAt: expect.any(Date),
    settledByPollSince: null,
  });
  expect(await desk.bankIntake.getReportState()).toMatchObject({
    lastPushAt: null,
    settledByPollSince: expect.any(Date),
    pushMissing: false,
  });

  await app?.close();
  app = null;
  const rows = await rowsOf(
    optionsOf('bank.sqlite').database,
    `SELECT DISTINCT source FROM sms_pro_report WHERE account = 'bank'`,
  );
  expect(rows).toEqual([{ source: 'poll' }]);
});

it('each has its own interval in the registry of @nestjs/schedule', () => {
  const intervals = app?.get(SchedulerRegistry).getIntervals();
  expect(intervals).toEqual(expect.arrayContaining(['sms-pro.default.poll', 'sms-pro.bank.poll']));
});

it('a report at the other account’s address is that account’s stranger', async () => {
  simulator.setLives({ deliveredAfterMs: 600_000 });
  const { messageId, packetIds } = await bank.send({ to: PHONES.slice(0, 1), text: 'Hello' });
  await bank.waitFor(messageId, 'accepted', { timeoutMs: LONG_MS });
  const emitted: string[] = [];
  app
    ?.get(EventEmitter2)
    .on('sms-pro.report.unmatched', (event: SmsProEvent<'report.unmatched'>) => emitted.push(event.account));
  const body = reportXml(packetIds[0] ?? '', { [PHONES[0] ?? '']: '3' });
  expect((await fetch(`${url}/sms-pro/reports`, { method: 'POST', body })).status).toBe(200);
  await eventually(
    () => emitted,
    (accounts) => accounts.length > 0,
  );
  expect([emitted, desk.unmatched]).toEqual([['default'], [`default ${packetIds[0]}`]]);
  expect((await bank.status(messageId))?.counts.delivered).toBe(0);
  expect(await desk.shopIntake.getReportState()).toMatchObject({ unmatched: 1, lastPushAt: null });
});

it('an account whose questions are refused does not keep the other one from its answers', async () => {
  simulator.addFault({ call: 'dr', account: 'bank', action: 'status', code: 2 });
  const [ofShop, ofBank] = await Promise.all([
    shop.send({ to: PHONES, text: 'Hello' }),
    bank.send({ to: PHONES, text: 'Hello' }),
  ]);
  await shop.waitFor(ofShop.messageId, 'final', { timeoutMs: LONG_MS });
  expect((await bank.status(ofBank.messageId))?.counts.delivered).toBe(0);
  simulator.clearFaults();
  await bank.waitFor(ofBank.messageId, 'final', { timeoutMs: LONG_MS });
});
