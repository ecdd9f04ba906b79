import { PRIORITIES, type Priority } from '../../message/priority.js';
import { int, intOrNull, text } from '../database/row-reader.js';
import type { SmsProDatabase } from '../database/sms-pro.database.js';
import { earliest, type DueInstants } from './due-packets.js';

/** What waits in the rows of one account. */
export interface QueueCounts {
  readonly queued: Readonly<Record<Priority, number>>;
  /** When the oldest packet that is due was due (epoch ms), or `null`. */
  readonly oldestDueAt: number | null;
  readonly sending: number;
  readonly uncertain: number;
}

/** Reads what waits and what is due, without locks: always by an index, never by a scan. */
export class QueueStore {
  constructor(private readonly database: SmsProDatabase) {}

  /** How many packets wait, are being sent, or are uncertain. */
  async counts(): Promise<QueueCounts> {
    const { account } = this.database;
    return this.database.read(async (session) => {
      const queued: Record<Priority, number> = { high: 0, normal: 0, low: 0 };
      let oldestDueAt: number | null = null;
      for (const [rank, priority] of PRIORITIES.entries()) {
        const row = await session.first(
          `SELECT COUNT(*) AS amount, MIN(due_at) AS oldest FROM sms_pro_packet
           WHERE account = ? AND state = 'queued' AND priority = ?`,
          [account, rank],
        );
        queued[priority] = int(row ?? {}, 'amount');
        const oldest = intOrNull(row ?? {}, 'oldest');
        if (oldest !== null) oldestDueAt = Math.min(oldest, oldestDueAt ?? oldest);
      }
      const countIn = async (state: 'sending' | 'uncertain') => {
        const row = await session.first(
          `SELECT COUNT(*) AS amount FROM sms_pro_packet WHERE account = ? AND state = '${state}'`,
          [account],
        );
        return int(row ?? {}, 'amount');
      };
      return { queued, oldestDueAt, sending: await countIn('sending'), uncertain: await countIn('uncertain') };
    });
  }

  /** Segments of the packet that is sent next, over all its phones; `null` when none waits. */
  async nextUnits(): Promise<number | null> {
    return this.database.read(async (session) => {
      const row = await session.first(
        `SELECT recipients * segments AS units FROM sms_pro_packet WHERE account = ? AND state = 'queued'
         ORDER BY priority, due_at LIMIT 1`,
        [this.database.account],
      );
      return row === null ? null : int(row, 'units');
    });
  }

  /** When the first packet of each kind is due: tells whether a claim, which is a transaction, is worth it. */
  async firstDue(mayPost: boolean): Promise<DueInstants> {
    const { account } = this.database;
    const lanes: (number | null)[] = PRIORITIES.map(() => null);
    const queries = [firstDueSql(UNCERTAIN_LANE, "state = 'uncertain'")];
    if (mayPost) {
      queries.push(...PRIORITIES.map((_name, rank) => firstDueSql(rank, `state = 'queued' AND priority = ${rank}`)));
    }
    return this.database.read(async (session) => {
      let uncertain: number | null = null;
      const rows = await session.all(
        queries.join(' UNION ALL '),
        queries.map(() => account),
      );
      for (const row of rows) {
        const lane = int(row, 'lane');
        const at = intOrNull(row, 'at');
        if (lane === UNCERTAIN_LANE) uncertain = at;
        else lanes[lane] = at;
      }
      return { uncertain, lanes };
    });
  }

  /** When the next packet is due, or `null`. */
  async nextDueAt(mayPost: boolean): Promise<number | null> {
    return earliest(await this.firstDue(mayPost));
  }

  /** How many packets are due and not leased, counted up to `max`. */
  async countDue(now: number, mayPost: boolean, max: number): Promise<number> {
    const { account } = this.database;
    return this.database.read(async (session) => {
      const count = async (lane: string) => {
        const rows = await session.all(
          `SELECT packet_id FROM sms_pro_packet WHERE account = ? AND ${lane} AND due_at <= ? LIMIT ?`,
          [account, now, max],
        );
        return rows.length;
      };
      let due = await count("state = 'uncertain'");
      for (const rank of mayPost ? PRIORITIES.keys() : []) {
        if (due >= max) break;
        due += await count(`state = 'queued' AND priority = ${rank}`);
      }
      return Math.min(due, max);
    });
  }

  /** Packets under a lease that has not ended, whoever holds it: no request outlives the lease of its packet. */
  async leased(now: number): Promise<string[]> {
    const { account } = this.database;
    return this.database.read(async (session) => {
      // The lease of an uncertain packet ends when the packet is due again, so the index of what is due finds it.
      // A report that came before the answer makes a packet accepted while its request is still in flight.
      const rows = await session.all(
        `SELECT packet_id FROM sms_pro_packet WHERE account = ? AND state = 'sending' AND lease_until > ?
         UNION ALL SELECT packet_id FROM sms_pro_packet
         WHERE account = ? AND state = 'uncertain' AND due_at > ? AND lease_owner IS NOT NULL
         UNION ALL SELECT packet_id FROM sms_pro_packet
         WHERE account = ? AND state = 'accepted' AND lease_owner IS NOT NULL AND lease_until > ?`,
        [account, now, account, now, account, now],
      );
      return rows.map((row) => text(row, 'packet_id'));
    });
  }
}

/** The lane of uncertain packets. The other lanes have the ranks of the priorities. */
const UNCERTAIN_LANE = -1;

/** A query for when the first packet of a lane is due. */
function firstDueSql(lane: number, condition: string): string {
  return `SELECT ${lane} AS lane, MIN(due_at) AS at FROM sms_pro_packet WHERE account = ? AND ${condition}`;
}
