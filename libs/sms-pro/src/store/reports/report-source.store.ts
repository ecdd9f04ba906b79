import { intOrNull } from '../database/row-reader.js';
import type { SmsProDatabase } from '../database/sms-pro.database.js';

/** Where the reports of the account come from. */
export interface ReportSources {
  /** When reports were last pushed, to the minute (epoch ms), or `null`. */
  readonly pushedAt: number | null;
  /** Since when polls have settled recipients and no push has come (epoch ms), or `null`. */
  readonly settledByPollSince: number | null;
}

/** How often, in ms, a process writes the same note, at most: if every push wrote this row, pushes would block each other. */
const NOTE_INTERVAL_MS = 60_000;

/** Records whether reports come by push or only by polling, which shows that the push is not set up. */
export class ReportSourceStore {
  private readonly notedAt = { push: Number.NEGATIVE_INFINITY, poll: Number.NEGATIVE_INFINITY };

  constructor(private readonly database: SmsProDatabase) {}

  /** A trusted push came, so it no longer matters what polls have settled before it. */
  async notePush(now: number): Promise<void> {
    await this.atMostOnceAMinute('push', now, () =>
      this.database.transaction(async (unit) => {
        const note = () =>
          unit.run('UPDATE sms_pro_account SET pushed_at = ?, polled_at = NULL WHERE account = ?', [now, unit.account]);
        if ((await note()) > 0) return;
        const row = { account: unit.account, low_recorded: 0, pushed_at: now };
        if (!(await unit.insertNew('sms_pro_account', row))) await note();
      }),
    );
  }

  /** A poll settled recipients. Only the first one since the last push counts. */
  async notePoll(now: number): Promise<void> {
    await this.atMostOnceAMinute('poll', now, () =>
      this.database.transaction(async (unit) => {
        // For a minute after a noted push, further ones are not noted, so a poll must not count then. If a push comes
        // later, it is noted and clears this.
        const changed = await unit.run(
          `UPDATE sms_pro_account SET polled_at = ?
           WHERE account = ? AND polled_at IS NULL AND (pushed_at IS NULL OR pushed_at <= ?)`,
          [now, unit.account, now - NOTE_INTERVAL_MS],
        );
        if (changed > 0) return;
        await unit.insertNew('sms_pro_account', { account: unit.account, low_recorded: 0, polled_at: now });
      }),
    );
  }

  /** What is known now. */
  async sources(): Promise<ReportSources> {
    return this.database.read(async (session) => {
      const row = await session.first('SELECT pushed_at, polled_at FROM sms_pro_account WHERE account = ?', [
        this.database.account,
      ]);
      return {
        pushedAt: intOrNull(row ?? {}, 'pushed_at'),
        settledByPollSince: intOrNull(row ?? {}, 'polled_at'),
      };
    });
  }

  /** If the note cannot be written, the next one tries again. */
  private async atMostOnceAMinute(source: 'push' | 'poll', now: number, note: () => Promise<void>): Promise<void> {
    const before = this.notedAt[source];
    if (now - before < NOTE_INTERVAL_MS) return;
    this.notedAt[source] = now;
    try {
      await note();
    } catch (error) {
      this.notedAt[source] = before;
      throw error;
    }
  }
}
