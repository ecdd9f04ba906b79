import 'reflect-metadata';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ScheduleModule } from '@nestjs/schedule';
import Database from 'better-sqlite3';
import { SmsProGateway, SmsProModule, SmsProService, type SmsProModuleOptions } from 'nestjs-sms-pro';
import { atOnce, line, ratePerSecond, type Measured } from './measure.js';

const RUNS = 3;
const PACKETS = 600;
const SENDS = 1_500;
const AT_ONCE = 50;
const IN_FLIGHT = 16;
const TEXT = 'Your order is ready';

const folder = await mkdtemp(join(tmpdir(), 'sms-pro-bench-'));
const child = fork(fileURLToPath(new URL('simulator-process.ts', import.meta.url)), { execArgv: process.execArgv });
const [gatewayUrl] = (await once(child, 'message')) as [string];
let serial = 0;

/** Fifty phones that were never used before. */
function phones(amount = 50): string[] {
  return Array.from({ length: amount }, () => `9965${String((serial += 1)).padStart(8, '0')}`);
}

async function boot(options: Partial<SmsProModuleOptions>): Promise<INestApplicationContext> {
  const database = { type: 'better-sqlite3', database: join(folder, `${(serial += 1)}.sqlite`) } as const;
  const own = SmsProModule.forRoot({
    login: 'demo',
    password: 'demo',
    sender: 'My-company',
    baseUrl: gatewayUrl,
    database,
    ...options,
  });
  @Module({ imports: [EventEmitterModule.forRoot(), ScheduleModule.forRoot(), own] })
  class Host {}
  return NestFactory.createApplicationContext(Host, { logger: false, abortOnError: false });
}

/** The floor of enqueueing: one row in each of three tables, stored through to the disk, by the driver alone. */
async function bareInserts(): Promise<number> {
  const database = new Database(join(folder, `${(serial += 1)}.sqlite`));
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  for (const table of ['message', 'packet', 'recipient'])
    database.exec(`CREATE TABLE ${table} (id TEXT PRIMARY KEY, body TEXT)`);
  const inserts = ['message', 'packet', 'recipient'].map((table) =>
    database.prepare(`INSERT INTO ${table} VALUES (?, ?)`),
  );
  const store = database.transaction((id: string) => {
    for (const insert of inserts) insert.run(id, TEXT);
  });
  const ids = Array.from({ length: SENDS }, (_, at) => String(at));
  const rate = await ratePerSecond(SENDS, async () => atOnce(ids, AT_ONCE, async (id) => store(id)));
  database.close();
  return rate;
}

async function enqueue(): Promise<number> {
  const app = await boot({ dispatch: { enabled: false } });
  const sms = app.get(SmsProService);
  const rate = await ratePerSecond(SENDS, () => atOnce(phones(SENDS), AT_ONCE, (to) => sms.send({ to, text: TEXT })));
  await app.close();
  return rate;
}

/** The floor of sending: the HTTP client and the XML alone, against the same simulator. */
async function clientAlone(): Promise<number> {
  const app = await boot({ dispatch: { enabled: false } });
  const gateway = app.get(SmsProGateway);
  const packets = Array.from({ length: PACKETS }, () => ({ id: `b${(serial += 1)}`, phones: phones() }));
  const rate = await ratePerSecond(PACKETS, () =>
    atOnce(packets, IN_FLIGHT, (packet) => gateway.sendPacket({ ...packet, sender: 'My-company', text: TEXT })),
  );
  await app.close();
  return rate;
}

async function endToEnd(): Promise<number> {
  const app = await boot({ dispatch: { concurrency: IN_FLIGHT } });
  const sms = app.get(SmsProService);
  const rate = await ratePerSecond(PACKETS, async () => {
    const { messageId } = await sms.send({ to: phones(PACKETS * 50), text: TEXT });
    await sms.waitFor(messageId, 'accepted', { timeoutMs: 120_000 });
  });
  await app.close();
  return rate;
}

async function measured(name: string, unit: string, once_: () => Promise<number>): Promise<Measured> {
  const rates: number[] = [];
  for (let run = 0; run < RUNS; run += 1) rates.push(await once_());
  return { name, unit, rates };
}

try {
  const inserts = await measured('bare inserts', 'sends/s', bareInserts);
  const sends = await measured('send() one by one, 50 at once', 'sends/s', enqueue);
  const client = await measured('HTTP client alone', 'packets/s', clientAlone);
  const whole = await measured('end to end, 50 phones a packet', 'packets/s', endToEnd);
  process.stdout.write(`SQLite, gateway latency 0, median of ${RUNS} runs\n\n`);
  process.stdout.write(
    `${'what'.padEnd(34)}${'median'.padStart(20)}${'spread'.padStart(18)}${'floor'.padStart(12)}${'ratio'.padStart(8)}\n`,
  );
  process.stdout.write(`${line(sends, inserts)}\n${line(whole, client)}\n`);
} finally {
  child.disconnect();
  await rm(folder, { recursive: true, force: true });
}
