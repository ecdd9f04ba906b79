import { randomUUID } from 'node:crypto';
import { fill, filledMessageId, filledPacketId, filledPhone } from '../databases/fill.js';
import type { ScratchDatabase } from '../databases/scratch-databases.js';
import { openBareStore } from '../floors/open-bare-store.js';
import { migratedDatabase } from '../floors/migrated.js';
import {
  ClaimStore,
  EventStore,
  MessageStore,
  openDataSource,
  PollStore,
  ReportStore,
  SettleStore,
  SmsProDatabase,
  type ClaimedPackets,
} from '../inner-parts.js';
import type { Figures, Benchmark } from '../benchmark.js';
import { DATABASE_NAMES, type DatabaseName, type Extent } from '../extent.js';
import { median, timeOf } from '../measure.js';
import type { BenchContext } from '../bench-context.js';

const SIZES = [10_000, 100_000, 1_000_000];
const QUICK_SIZES = [2_000, 5_000];
const WARM_UP_ROWS = 10_000;
/** How often each query is measured; the median counts. */
const TIMES = 40;
/** Share of the events that are delivered; the rest waits. */
const DONE_SHARE = 0.75;
const CLAIMED = 8;
const POLLED = 2;
const REPORTED = 50;
const EVENTS = 50;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const POLICY = { recipientEvents: 'all', staleAfterMs: 2 * MINUTE_MS, giveUpAfterMs: 3 * DAY_MS } as const;

const ASKED = {
  claim: `claim ${CLAIMED} packets`,
  settle: 'settle one packet',
  poll: `claim ${POLLED} packets to poll`,
  report: `store ${REPORTED} pushed reports`,
  events: `claim ${EVENTS} events`,
  status: 'status of a message',
} as const;

function sizes({ size, rows }: Extent, database: DatabaseName): number[] {
  if (size === 'quick') return QUICK_SIZES;
  return rows !== null && database === 'postgres' ? [...SIZES, rows] : SIZES;
}

function short(amount: number): string {
  return amount >= 1_000_000 ? `${amount / 1_000_000} M` : `${amount / 1_000} k`;
}

/** The main queries, on tables that grow: a quarter of the packets queued, a quarter open, the rest finished. */
export const CURVE: Benchmark = {
  name: 'curve',
  title: 'Time of one query by the rows of each table',
  note: 'A quarter of the packets is queued, a quarter waits for reports, and a quarter of the events waits for delivery; the rest is finished. Each packet has one phone, so that the tables are as long as possible.',
  databases: DATABASE_NAMES,
  maxRuns: 1,
  warmsUp: false,
  minutes: 60,
  rows: (extent, database) =>
    Object.entries(ASKED).flatMap(([key, what]) =>
      sizes(extent, database).map((rows) => ({ figure: `${key}${rows}`, what: `${what}, ${short(rows)}`, unit: 'ms' })),
    ),
  async prepare(context) {
    return {
      ours: async () => {
        const figures: Record<string, number> = {};
        // First once unmeasured on a small table: code is slow when it runs for the first time.
        await measureAt(context, WARM_UP_ROWS);
        for (const rows of sizes(context.extent, context.database)) {
          for (const [key, ms] of Object.entries(await measureAt(context, rows))) figures[`${key}${rows}`] = ms;
        }
        return figures;
      },
    };
  },
};

async function measureAt(context: BenchContext, rows: number): Promise<Figures> {
  const database = await migratedDatabase(context);
  await fillTables(database, rows);
  const figures = await askAll(context, database, rows);
  await database.drop();
  return figures;
}

async function fillTables(database: ScratchDatabase, rows: number): Promise<void> {
  const bare = await openBareStore(database);
  const now = Date.now();
  await fill(bare, database.name, {
    packets: rows,
    phones: 1,
    state: "CASE n % 4 WHEN 0 THEN 'queued' ELSE 'accepted' END",
    nextPollAt: `CASE n % 4 WHEN 1 THEN ${now - MINUTE_MS} + n % 3600000 END`,
    isOver: 'CASE WHEN n % 4 > 1 THEN 1 ELSE 0 END',
    eventState: `CASE WHEN n > ${Math.floor(rows * DONE_SHARE)} THEN 'pending' ELSE 'done' END`,
    now,
  });
  await bare.close();
}

async function askAll(context: BenchContext, { options }: ScratchDatabase, rows: number): Promise<Figures> {
  const database = new SmsProDatabase(await openDataSource(options, false), 'default');
  const claims = new ClaimStore(database);
  const settles = new SettleStore(database, POLICY);
  const polls = new PollStore(database, POLICY);
  const reports = new ReportStore(database, POLICY);
  const messages = new MessageStore(database);
  const events = new EventStore(database);
  const owner = randomUUID();
  const times: Record<keyof typeof ASKED, number[]> = {
    claim: [],
    settle: [],
    poll: [],
    report: [],
    events: [],
    status: [],
  };
  const rounds = context.amount(TIMES, 5);
  // The first round fills the caches and is not counted.
  for (let round = -1; round < rounds; round += 1) {
    const now = Date.now();
    const note = async (what: keyof typeof ASKED, work: () => Promise<unknown>) => {
      const ms = await timeOf(work);
      if (round >= 0) times[what].push(ms);
    };
    let claimed: ClaimedPackets = [];
    await note('claim', async () => {
      claimed = await claims.claimDue({
        owner,
        now,
        leaseMs: MINUTE_MS,
        limit: CLAIMED,
        probes: CLAIMED / 2,
        mayPost: true,
        pausedSenders: [],
        lowerLaneFirst: false,
      });
    });
    const [packet] = claimed;
    if (packet === undefined || claimed.length !== CLAIMED) throw new Error(`${claimed.length} packets were claimed.`);
    await note('settle', () =>
      settles.settle(
        packet,
        {
          change: { to: 'accepted', phones: 1, smscnt: 1, gatewayStatus: '0', estimated: false, test: false },
          certainlyNotSent: false,
          refused: false,
        },
        {
          kind: 'send',
          startedAt: now,
          endedAt: now,
          outcome: 'answer',
          gatewayStatus: '0',
          httpStatus: 200,
          phones: 1,
          smscnt: 1,
          detail: null,
        },
        now,
      ),
    );
    await note('poll', () => polls.claimStale({ owner: owner, now: now, leaseMs: MINUTE_MS }, POLLED));
    const pushed = openPackets(round + 1, rows).map((n) => reportOf(n, now));
    await note('report', async () => {
      const { changed } = await reports.apply(pushed, 'push', now);
      if (changed !== pushed.length) throw new Error(`${changed} of ${pushed.length} reports were applied.`);
    });
    await note('events', () => events.claimEvents(owner, now, MINUTE_MS, EVENTS));
    const any = 1 + Math.floor(Math.random() * rows);
    await note('status', () => messages.find(filledMessageId(any)));
  }
  await database.close();
  return Object.fromEntries(Object.entries(times).map(([what, all]) => [what, median(all)]));
}

/** Packets that wait for reports: different ones in each round, spread over the table. */
function openPackets(round: number, rows: number): number[] {
  const quarter = Math.floor(rows / 4);
  const step = Math.max(1, Math.floor(quarter / REPORTED));
  return Array.from({ length: REPORTED }, (_, at) => 1 + 4 * ((at * step + round) % quarter));
}

function reportOf(n: number, now: number) {
  return {
    packetId: filledPacketId(n),
    phone: filledPhone(n),
    code: '3',
    sendTime: '',
    rcvTime: '',
    sentAt: now,
    deliveredAt: now,
  };
}
