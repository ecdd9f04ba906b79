import { endRecipientsOf, firstOf, HEAD_COLUMNS, packetHead } from './packet-outcome.js';
import { int, intOrNull, text } from './row-reader.js';
import type { SettlePolicy } from './settle.store.js';
import type { SmsProDatabase } from './sms-pro.database.js';
import { marks, type SqlRow } from './sql-session.js';

/** Most packets that one step looks at. */
const PACKETS_AT_ONCE = 200;

/** Takes campaigns back, step by step: each is a transaction of its own, and a crash between two loses nothing. */
export class CampaignCancelStore {
  constructor(
    private readonly database: SmsProDatabase,
    private readonly policy: SettlePolicy,
  ) {}

  /** Lets nothing more be stored of it. `false` for a campaign that is not this account's. */
  async close(campaignId: string, now: number): Promise<boolean> {
    return this.database.transaction(async (unit) => {
      const changed = await unit.run(
        `UPDATE sms_pro_campaign SET state = 'canceled', canceled_at = COALESCE(canceled_at, ?)
         WHERE campaign_id = ? AND account = ?`,
        [now, campaignId, unit.account],
      );
      if (changed > 0) return true;
      // MariaDB counts rows that were changed, and not those that were found.
      const row = await unit.first('SELECT state FROM sms_pro_campaign WHERE campaign_id = ? AND account = ?', [
        campaignId,
        unit.account,
      ]);
      return row !== null;
    });
  }

  /**
   * Ends some of what is queued, and marks some of what may have been sent: it is not repeated. One look at both, so
   * that nothing slips from one to the other between two. Returns whether there was nothing more to end, nor to mark.
   */
  async cancelSome(campaignId: string, now: number): Promise<boolean> {
    return this.database.transaction(async (unit) => {
      const rows = await unit.all(
        `SELECT ${HEAD_COLUMNS}, state, open_tries FROM sms_pro_packet
         WHERE campaign_id = ? AND state IN ('queued', 'sending', 'uncertain') AND cancel_requested = 0
         ORDER BY state, packet_id LIMIT ${PACKETS_AT_ONCE} ${unit.dialect.forUpdate}`,
        [campaignId],
      );
      const heads = firstOf(rows.filter(isUntried).map(packetHead));
      const open = rows.filter((row) => !isUntried(row)).map((row) => text(row, 'packet_id'));
      if (heads.length > 0) {
        await unit.run(
          `UPDATE sms_pro_packet SET state = 'canceled', reason = 'canceled', ended_at = ?, open_recipients = 0,
             cancel_requested = 1 WHERE packet_id IN (${marks(heads.length)})`,
          [now, ...heads.map(({ packetId }) => packetId)],
        );
        await endRecipientsOf(
          unit,
          heads,
          { status: 'canceled', reason: 'canceled' },
          this.policy.recipientEvents,
          now,
        );
      }
      if (open.length > 0) {
        await unit.run(
          `UPDATE sms_pro_packet SET cancel_requested = 1 WHERE packet_id IN (${marks(open.length)})`,
          open,
        );
      }
      return heads.length + open.length === 0;
    });
  }

  /** Recipients that were taken back, whoever did it: the workers end what they claim of a canceled campaign, too. */
  async countCanceled(campaignId: string): Promise<number> {
    return this.countIn(campaignId, "'canceled'");
  }

  /** Recipients that are on their way, uncertain or accepted. */
  async countTooLate(campaignId: string): Promise<number> {
    return this.countIn(campaignId, "'sending', 'uncertain', 'accepted'");
  }

  private async countIn(campaignId: string, states: string): Promise<number> {
    return this.database.read(async (session) => {
      const row = await session.first(
        `SELECT SUM(recipients) AS amount FROM sms_pro_packet WHERE campaign_id = ? AND state IN (${states})`,
        [campaignId],
      );
      return intOrNull(row ?? {}, 'amount') ?? 0;
    });
  }
}

function isUntried(row: SqlRow): boolean {
  return text(row, 'state') === 'queued' && int(row, 'open_tries') === 0;
}
