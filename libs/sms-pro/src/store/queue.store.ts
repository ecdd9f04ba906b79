import { PRIORITIES, type Priority } from '../message/priority.js';
import { int, intOrNull } from './row-reader.js';
import type { SmsProDatabase } from './sms-pro.database.js';

/** What waits in the rows of one account. */
export interface QueueCounts {
  readonly queued: Readonly<Record<Priority, number>>;
  /** When the oldest packet that is due was due (epoch ms), or `null`. */
  readonly oldestDueAt: number | null;
  readonly sending: number;
  readonly uncertain: number;
}

/** How much waits: counted by index, never by a scan. */
export class QueueStore {
  constructor(private readonly database: SmsProDatabase) {}

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
      const open = async (state: 'sending' | 'uncertain') => {
        const row = await session.first(
          `SELECT COUNT(*) AS amount FROM sms_pro_packet WHERE account = ? AND state = '${state}'`,
          [account],
        );
        return int(row ?? {}, 'amount');
      };
      return { queued, oldestDueAt, sending: await open('sending'), uncertain: await open('uncertain') };
    });
  }
}
