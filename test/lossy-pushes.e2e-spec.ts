import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Injectable, type INestApplication } from '@nestjs/common';
import {
  isFinal,
  OnSmsPro,
  SmsProModule,
  SmsProService,
  type RecipientStatus,
  type SmsProEvent,
  type SmsProModuleOptions,
} from 'nestjs-sms-pro';
import { startSimulator, type Simulator } from 'sms-pro-simulator';
import { bootApp, quickOptions, scratchFolder } from './support/booted-app.js';
import { eventually, LONG_MS } from './support/eventually.js';
import { rowsOf } from './support/rows-of.js';

const MESSAGES = 30;
const PHONES_OF_EACH = 20;

/** What becomes of a recipient by the last report the gateway has for it. */
const STATUS_OF_REPORT: Readonly<Record<number, RecipientStatus>> = {
  2: 'rejected',
  3: 'delivered',
  4: 'undelivered',
  5: 'rejected',
  7: 'unknown',
};

type Told = 'sent' | 'delivered' | 'undelivered' | 'rejected' | 'unknown';

/** Keeps the events that it hears, in their order. */
@Injectable()
class EventRecorder {
  readonly statuses = new Map<string, RecipientStatus[]>();
  readonly completed: string[] = [];

  @OnSmsPro('recipient.sent')
  @OnSmsPro('recipient.delivered')
  @OnSmsPro('recipient.undelivered')
  @OnSmsPro('recipient.rejected')
  @OnSmsPro('recipient.unknown')
  onRecipient({ messageId, phone, status }: SmsProEvent<`recipient.${Told}`>): void {
    const key = `${messageId} ${phone}`;
    this.statuses.set(key, [...(this.statuses.get(key) ?? []), status]);
  }

  @OnSmsPro('message.completed')
  onCompleted({ messageId }: SmsProEvent<'message.completed'>): void {
    this.completed.push(messageId);
  }
}

let simulator: Simulator;
let folder: Awaited<ReturnType<typeof scratchFolder>>;
let app: INestApplication | null = null;

beforeEach(async () => {
  folder = await scratchFolder();
  simulator = await startSimulator({
    seed: 20,
    lives: {
      endings: false,
      sentAfterMs: 30,
      deliveredAfterMs: 250,
      rules: [
        { probability: 0.15, report: 4 },
        { probability: 0.05, report: 2 },
        { probability: 0.05, report: 5 },
        { probability: 0.05, report: 7 },
      ],
    },
    push: { order: 'shuffled', batchSize: 10 },
    // Each rule takes its part of what the ones before it left: 20 % of all each.
    faults: [
      { call: 'push', probability: 0.2, action: 'lost' },
      { call: 'push', probability: 0.25, action: 'doubled' },
      { call: 'push', probability: 1 / 3, action: 'reordered' },
      { call: 'push', probability: 0.5, action: 'late', ms: 400 },
    ],
  });
});

afterEach(async () => {
  await app?.close();
  app = null;
  await simulator.stop();
  await folder.remove();
});

const phone = (message: number, at: number) => `9965${String(message).padStart(4, '0')}${String(at).padStart(4, '0')}`;

it('pushes are lost, doubled, reordered and late, and every recipient ends right, told once and in order', async () => {
  const quick = quickOptions(simulator.url, folder.file('sms.sqlite'));
  const options: SmsProModuleOptions = { ...quick, polling: { intervalMs: 100, staleAfterMs: 500 } };
  const booted = await bootApp({ providers: [EventRecorder], modules: [SmsProModule.forRoot(options)] });
  app = booted.app;
  simulator.setAccount({ login: 'demo', reportUrl: `${booted.url}/sms-pro/reports` });
  const sms = app.get(SmsProService);
  const recorder = app.get(EventRecorder);

  const messageIds: string[] = [];
  for (let message = 0; message < MESSAGES; message += 1) {
    const to = Array.from({ length: PHONES_OF_EACH }, (_, at) => phone(message, at));
    messageIds.push((await sms.send({ to, text: `Message ${message}` })).messageId);
  }
  for (const messageId of messageIds) await sms.waitFor(messageId, 'final', { timeoutMs: LONG_MS });
  // What is late is pushed now, and has to change nothing any more.
  await simulator.advance(10_000);
  await simulator.flush();
  await eventually(
    () => recorder.completed.length,
    (heard) => heard >= MESSAGES,
  );

  const truth = new Map<string, RecipientStatus | undefined>();
  for (const packet of simulator.packets()) {
    for (const { phone: number, report } of packet.phones) truth.set(number, STATUS_OF_REPORT[report]);
  }
  const ends = new Map<string, RecipientStatus>();
  for (const messageId of messageIds) {
    for (const recipient of (await sms.status(messageId))?.recipients ?? []) {
      ends.set(recipient.phone, recipient.status);
    }
  }
  expect(ends.size).toBe(MESSAGES * PHONES_OF_EACH);
  expect(ends).toEqual(truth);
  expect(new Set(ends.values())).toEqual(new Set(Object.values(STATUS_OF_REPORT)));

  await app.close();
  app = null;
  expect(recorder.completed.toSorted()).toEqual(messageIds.toSorted());
  // Each was told of at most "sent" and then of one end.
  expect(recorder.statuses.size).toBe(MESSAGES * PHONES_OF_EACH);
  for (const told of recorder.statuses.values()) {
    const [end, ...before] = told.toReversed();
    expect(isFinal(end ?? 'queued')).toBe(true);
    expect([[], ['sent']]).toContainEqual(before);
  }
  await checkRecord(options);
  const taken = simulator.state().faults.map((rule) => rule.taken);
  expect(Math.min(...taken)).toBeGreaterThan((2 * MESSAGES * PHONES_OF_EACH) / 10);
});

/** The record of reports: each with its source, and never one applied that goes back. */
async function checkRecord({ database }: SmsProModuleOptions): Promise<void> {
  const reports = await rowsOf(
    database,
    'SELECT packet_id, phone, source, code, applied FROM sms_pro_report ORDER BY report_id',
  );
  const sources = new Set(reports.map((row) => row['source']));
  expect(sources).toEqual(new Set(['push', 'poll']));
  const applied = new Map<string, string[]>();
  for (const row of reports.filter((one) => Number(one['applied']) === 1)) {
    const key = `${row['packet_id']} ${row['phone']}`;
    applied.set(key, [...(applied.get(key) ?? []), String(row['code'])]);
  }
  expect(applied.size).toBe(MESSAGES * PHONES_OF_EACH);
  for (const codes of applied.values()) expect(codes.join(' ')).toMatch(/^(1 )?[23457]$/);
  // Doubles and late ones are there too, and changed nothing.
  expect(reports.filter((row) => Number(row['applied']) === 0).length).toBeGreaterThan(MESSAGES);
  const polled = reports.filter((row) => row['source'] === 'poll' && Number(row['applied']) === 1);
  expect(polled.length).toBeGreaterThan(0);
}
