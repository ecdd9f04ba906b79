import { createReadStream, createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { SmsProService, type SendSmsRequest } from 'nestjs-sms-pro';
import { bootHttpHost } from '../application/host.js';
import { SimulatedGateway } from '../gateway/simulated-gateway.js';
import type { Figures, Benchmark } from '../benchmark.js';
import { DATABASE_NAMES, type Extent } from '../extent.js';
import { msBetween, percentile } from '../measure.js';
import { phones } from '../phones.js';
import type { BenchContext } from '../bench-context.js';

const TEXT = 'Spring sale: 20 percent off until Sunday';
const MILLION = 1_000_000;
const SENT_AFTER_MS = 200;
const DELIVERED_AFTER_MS = 1_000;
const CODE_DISTANCE_MS = 1_000;
const LOOK_MS = 1_000;
const REST_PER_LOOK = 10;
const LINES_AT_ONCE = 10_000;
const KB_OF_MB = 1_024;
const HEAP_MB = 128;

function amountOf({ size }: Extent): number {
  return { quick: 1_000, usual: 100_000, whole: MILLION }[size];
}

/** A campaign from a file to the last report: memory stays flat, and codes overtake it. */
export const STREAM: Benchmark = {
  name: 'stream',
  title: 'A campaign streamed from a file, sent, and reported on to the last phone',
  databases: DATABASE_NAMES,
  maxRuns: 1,
  warmsUp: false,
  minutes: 45,
  nodeOptions: [`--max-old-space-size=${HEAP_MB}`],
  note: `node runs with --max-old-space-size=${HEAP_MB}. About 40 MB are in use, however long the campaign is. Without the limit V8 lets garbage grow to several times as much if the machine has the memory, and the peak is 300 to 360 MB.`,
  rows: (extent) => {
    const amount = amountOf(extent).toLocaleString('en');
    return [
      { figure: 'seconds', what: `${amount} recipients, file to last report`, unit: 's' },
      { figure: 'rate', what: 'the same', unit: 'recipients/s' },
      { figure: 'stored', what: 'until all are stored', unit: 's' },
      { figure: 'sent', what: 'until all are sent', unit: 's' },
      { figure: 'peak', what: 'peak memory of the process (RSS)', unit: 'MB', targets: [{ is: 'most', value: 300 }] },
      { figure: 'idle', what: 'memory before', unit: 'MB' },
      {
        figure: 'middle',
        what: 'one-time code in the middle, to the wire',
        unit: 'ms',
        targets: [{ is: 'most', value: 1_000 }],
      },
      { figure: 'p50', what: 'a code every second, p50', unit: 'ms' },
      { figure: 'most', what: 'a code every second, slowest', unit: 'ms', targets: [{ is: 'most', value: 1_000 }] },
    ];
  },
  async prepare(context) {
    const amount = amountOf(context.extent);
    const file = await phonesFile(context, amount);
    const gateway = await SimulatedGateway.start(context.children, {
      lives: { endings: false, sentAfterMs: SENT_AFTER_MS, deliveredAfterMs: DELIVERED_AFTER_MS },
    });
    const { app, url } = await bootHttpHost(context, { baseUrl: gateway.url, polling: { enabled: true } });
    await gateway.pushTo(`${url}/sms-pro/reports`);
    const sms = app.get(SmsProService);
    return { ours: () => stream(sms, gateway, file, amount) };
  },
};

async function stream(sms: SmsProService, gateway: SimulatedGateway, file: string, amount: number): Promise<Figures> {
  const idle = await residentMb('VmRSS');
  const codes: number[] = [];
  const askCode = async (): Promise<number> => {
    const [to = ''] = phones(1);
    const { text, arrived } = gateway.expectCode();
    const askedAt = process.hrtime.bigint();
    await sms.send({ to, text, priority: 'high' });
    return msBetween(askedAt, await arrived);
  };
  const over = new AbortController();
  const asking = (async () => {
    while (!over.signal.aborted) {
      codes.push(await askCode());
      await pause(CODE_DISTANCE_MS);
    }
  })();
  const startedAt = performance.now();
  const seconds = () => (performance.now() - startedAt) / 1_000;
  let middle: Promise<number> | null = null;
  const { campaignId } = await sms.sendBulk(requestsOf(file), {
    onProgress: ({ recipients }) => {
      if (recipients >= amount / 2) middle ??= askCode();
    },
  });
  const stored = seconds();
  let sent = 0;
  for (;;) {
    const lookedAt = performance.now();
    const campaign = await sms.campaign(campaignId);
    if (campaign === null) throw new Error('The campaign is gone.');
    if (sent === 0 && campaign.counts.queued === 0) sent = seconds();
    if (campaign.completed) {
      if (campaign.counts.delivered !== amount) throw new Error(`Not all arrived: ${JSON.stringify(campaign.counts)}`);
      break;
    }
    // Each look counts the whole campaign: long pauses leave most of the time to the work itself.
    await pause(Math.max(LOOK_MS, (performance.now() - lookedAt) * REST_PER_LOOK));
  }
  const whole = seconds();
  over.abort();
  await asking;
  const { requests } = await gateway.stats();
  const refused = Object.entries(requests.byCall.message).filter(([status]) => status !== '0');
  if (refused.length > 0) throw new Error(`The gateway refused packets: ${JSON.stringify(refused)}`);
  return {
    seconds: whole,
    rate: amount / whole,
    stored,
    sent,
    peak: await residentMb('VmHWM'),
    idle,
    middle: (await middle) ?? 0,
    p50: percentile(codes, 50),
    most: Math.max(...codes),
  };
}

/** A file with one phone per line. */
async function phonesFile(context: BenchContext, amount: number): Promise<string> {
  const file = join(context.folder, 'phones.txt');
  const out = createWriteStream(file);
  for (let written = 0; written < amount; written += LINES_AT_ONCE) {
    const part = phones(Math.min(LINES_AT_ONCE, amount - written));
    if (!out.write(`${part.join('\n')}\n`)) await once(out, 'drain');
  }
  out.end();
  await once(out, 'finish');
  return file;
}

async function* requestsOf(file: string): AsyncGenerator<SendSmsRequest> {
  for await (const to of createInterface({ input: createReadStream(file) })) yield { to, text: TEXT };
}

/** `VmRSS`: memory now; `VmHWM`: its peak. */
async function residentMb(what: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8');
  return Number(new RegExp(`^${what}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) / KB_OF_MB;
}
