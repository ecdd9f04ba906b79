import { randomUUID } from 'node:crypto';
import { fill, filledMessageId } from '../databases/fill.js';
import type { ScratchDatabase } from '../databases/scratch-databases.js';
import { openBareStore } from '../floors/open-bare-store.js';
import { migratedDatabase } from '../floors/migrated.js';
import {
  ClaimStore,
  MessageStore,
  openDataSource,
  PollStore,
  ReportStore,
  SettleStore,
  SmsProDatabase,
  type ClaimedPackets,
} from '../inner-parts.js';
import { DATABASE_NAMES, type DatabaseName, type Extent, type Figures, type Line } from '../line.js';
import { median, timeOf } from '../measure.js';
import type { Scratch } from '../scratch.js';

const SIZES = [10_000, 100_000, 1_000_000];
const QUICK_SIZES = [1_000, 5_000];
/** How often each is asked; the middle of all counts. */
const TIMES = 60;
const CLAIMED = 8;
const POLLED = 2;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const POLICY = { recipientEvents: 'all', staleAfterMs: 2 * MINUTE_MS, giveUpAfterMs: 3 * DAY_MS } as const;

const ASKED = {
  claim: `claim ${CLAIMED} packets`,
  settle: 'settle one packet',
  poll: `claim ${POLLED} packets to poll`,
  report: 'store a pushed report',
  status: 'status of a message',
} as const;

function sizes({ size, rows }: Extent, database: DatabaseName): number[] {
  if (size === 'quick') return QUICK_SIZES;
  return rows !== null && database === 'postgres' ? [...SIZES, rows] : SIZES;
}

function short(amount: number): string {
  return amount >= 1_000_000 ? `${amount / 1_000_000} M` : `${amount / 1_000} k`;
}

/** The queries of the way through, over tables that grow: a quarter queued, a quarter open, the rest done. */
export const CURVE: Line = {
  name: 'curve',
  title: 'Time of one query by the rows of each table (a quarter queued, a quarter waiting for reports)',
  databases: DATABASE_NAMES,
  mostRuns: 1,
  warmsUp: false,
  minutes: 60,
  rows: (extent, database) =>
    Object.entries(ASKED).flatMap(([key, what]) =>
      sizes(extent, database).map((rows) => ({ figure: `${key}${rows}`, what: `${what}, ${short(rows)}`, unit: 'ms' })),
    ),
  async prepare(scratch) {
    return {
      ours: async () => {
        const figures: Record<string, number> = {};
        for (const rows of sizes(scratch.extent, scratch.database)) {
          const database = await migratedDatabase(scratch);
          await fillTables(database, rows);
          for (const [key, ms] of Object.entries(await askAll(scratch, database, rows))) figures[`${key}${rows}`] = ms;
          await database.drop();
        }
        return figures;
      },
    };
  },
};

async function fillTables(database: ScratchDatabase, rows: number): Promise<void> {
  const bare = await openBareStore(database);
  const now = Date.now();
  await fill(bare, database.name, {
    packets: rows,
    phones: 1,
    state: "CASE n % 4 WHEN 0 THEN 'queued' ELSE 'accepted' END",
    nextPollAt: `CASE n % 4 WHEN 1 THEN ${now - MINUTE_MS} + n % 3600000 END`,
    isOver: 'CASE WHEN n % 4 > 1 THEN 1 ELSE 0 END',
    now,
  });
  await bare.close();
}

async function askAll(scratch: Scratch, { options }: ScratchDatabase, rows: number): Promise<Figures> {
  const database = new SmsProDatabase(await openDataSource(options, false), 'default');
  const claims = new ClaimStore(database);
  const settles = new SettleStore(database, POLICY);
  const polls = new PollStore(database, POLICY);
  const reports = new ReportStore(database, POLICY);
  const messages = new MessageStore(database);
  const owner = randomUUID();
  const times: Record<keyof typeof ASKED, number[]> = { claim: [], settle: [], poll: [], report: [], status: [] };
  const rounds = scratch.amount(TIMES, 5);
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
          certainlyNot: false,
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
    await note('poll', () => polls.claimStale(owner, now, MINUTE_MS, POLLED));
    const [phone = ''] = packet.phones;
    const report = {
      packetId: packet.packetId,
      phone,
      code: '3',
      sendTime: '',
      rcvTime: '',
      sentAt: now,
      deliveredAt: now,
    };
    await note('report', () => reports.apply([report], 'push', now));
    const any = 1 + Math.floor(Math.random() * rows);
    await note('status', () => messages.find(filledMessageId(any)));
  }
  await database.close();
  return Object.fromEntries(Object.entries(times).map(([what, all]) => [what, median(all)]));
}
