import { SmsProService, type SendSmsRequest } from 'nestjs-sms-pro';
import { bootHost } from '../application/host.js';
import { bareRows, type BareRows } from '../floors/bare-rows.js';
import type { BareStore } from '../floors/bare-store.js';
import { migratedBareStore } from '../floors/migrated.js';
import type { Figures, Benchmark } from '../benchmark.js';
import { DATABASE_NAMES } from '../extent.js';
import { ratePerSecond } from '../measure.js';
import { bootPeer } from '../peers/boot-peer.js';
import { phones } from '../phones.js';
import type { BenchContext } from '../bench-context.js';

const TEXT = 'Spring sale: 20 percent off until Sunday';
/** Phones in one transaction of the floor. */
const FLOOR_CHUNK = 2_000;
const CAMPAIGN = '01900000-0000-7000-8000-000000000000';

/** `sendBulk()` compared with multi-row INSERTs of the same rows. */
export const BULK: Benchmark = {
  name: 'bulk',
  title: 'sendBulk',
  databases: DATABASE_NAMES,
  whyNot: {
    sqlite:
      'One transaction writes at most 500 rows of a table, so that a one-time code never waits long for it; the floor writes 2,000 at once. By profile the COMMITs, four times as many, take 40 % of the time; the rows themselves cost the same as in the floor. Tried and kept: a shorter check of simple requests (0.43 became 0.5), a cache of SQL texts. Tried and not kept: a page cache of 32 MB (no gain).',
  },
  rows: (_extent, database) => [
    {
      figure: 'shared',
      what: 'sendBulk, one text to all',
      unit: 'recipients/s',
      targets: [
        { is: 'of-floor', least: 0.6 },
        ...(database === 'postgres' ? [{ is: 'least', value: 25_000 } as const] : []),
      ],
    },
    { figure: 'own', what: 'sendBulk, each a text of its own', unit: 'recipients/s' },
  ],
  async prepare(context) {
    const app = await bootHost(context, { dispatch: { enabled: false } });
    const sms = app.get(SmsProService);
    const bare = await migratedBareStore(context);
    const peer = await bootPeer(context, { works: false });
    const amount = context.amount(50_000, 1_000);
    const peerAmount = context.amount(3_000, 200);
    return {
      ours: async () => ({
        shared: await bulkRate(sms, amount, () => TEXT),
        own: await bulkRate(sms, ownAmount(context), (at) => `${TEXT}, number ${at}`),
      }),
      floor: async () => ({
        shared: await floorRate(bare, amount, true),
        own: await floorRate(bare, ownAmount(context), false),
      }),
      peer:
        peer &&
        (async (): Promise<Figures> => {
          const rate = await ratePerSecond(peerAmount, () => peer.sms.sendMany(phones(peerAmount), TEXT));
          return { shared: rate, own: rate };
        }),
    };
  },
};

function ownAmount(context: BenchContext): number {
  return context.amount(20_000, 500);
}

async function bulkRate(sms: SmsProService, amount: number, text: (at: number) => string): Promise<number> {
  const numbers = phones(amount);
  function* requests(): Generator<SendSmsRequest> {
    for (const [at, to] of numbers.entries()) yield { to, text: text(at) };
  }
  let stored = 0;
  const rate = await ratePerSecond(amount, async () => {
    stored = (await sms.sendBulk(requests())).recipients;
  });
  if (stored !== amount) throw new Error(`sendBulk stored ${stored} of ${amount}.`);
  return rate;
}

async function floorRate(bare: BareStore, amount: number, shared: boolean): Promise<number> {
  const numbers = phones(amount);
  const chunks: BareRows[] = [];
  for (let at = 0; at < amount; at += FLOOR_CHUNK) {
    chunks.push(bareRows(numbers.slice(at, at + FLOOR_CHUNK), TEXT, shared, CAMPAIGN));
  }
  return ratePerSecond(amount, async () => {
    for (const chunk of chunks) await bare.storeMany(chunk);
  });
}
