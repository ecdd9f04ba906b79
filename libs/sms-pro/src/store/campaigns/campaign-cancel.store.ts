import { int, intOrNull, text } from '../database/row-reader.js';
import { HEAD_COLUMNS, packetHead } from '../packets/packet-head.js';
import { endRecipientsOf, firstOf } from '../packets/packet-outcome.js';
import type { StorePolicy } from '../packets/store-policy.js';
import type { SmsProDatabase } from '../database/sms-pro.database.js';
import { marks } from '../dialects/sql-statement.js';
import type { SqlRow } from '../database/sql-session.js';
import { OPEN_STATES } from '../packets/open-rows.js';

/** Packets that one step looks at, at most. */
const MAX_PACKETS = 200;

/** Cancels campaigns step by step: each step is a transaction of its own, and a crash between two loses nothing. */
export class CampaignCancelStore {
  constructor(
    private readonly database: SmsProDatabase,
    private readonly policy: StorePolicy,
  ) {}

  /** Marks a campaign as canceled, so that no more of it is stored. `false` if this account has no such campaign. */
  async close(campaignId: string, now: number): Promise<boolean> {
    return this.database.transaction(async (unit) => {
      const changed = await unit.run(
        `UPDATE sms_pro_campaign SET state = 'canceled', canceled_at = COALESCE(canceled_at, ?)
         WHERE campaign_id = ? AND account = ?`,
        [now, campaignId, unit.account],
      );
      if (changed > 0) return true;
      // MariaDB counts the rows that changed, not those that were found.
      const row = await unit.first('SELECT state FROM sms_pro_campaign WHERE campaign_id = ? AND account = ?', [
        campaignId,
        unit.account,
      ]);
      return row !== null;
    });
  }

  /**
   * Ends some packets that are queued, and marks some that may have been sent, so that they are not repeated. One look
   * finds both, so that no packet can change from one to the other in between. Returns whether nothing was left to do.
   */
  async cancelSome(campaignId: string, now: number): Promise<boolean> {
    return this.database.transaction(async (unit) => {
      const rows = await unit.all(
        `SELECT ${HEAD_COLUMNS}, state, open_tries FROM sms_pro_packet
         WHERE campaign_id = ? AND state IN (${OPEN_STATES}) AND cancel_requested = 0
         ORDER BY state, packet_id LIMIT ${MAX_PACKETS} ${unit.dialect.forUpdate}`,
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
        await endRecipientsOf(unit, heads, { status: 'canceled', reason: 'canceled' }, { policy: this.policy, now });
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

  /** Canceled recipients. Workers also end packets of a canceled campaign that they claim: those count, too. */
  async countCanceled(campaignId: string): Promise<number> {
    return this.countIn(campaignId, "'canceled'");
  }

  /** Recipients that are being sent, uncertain or accepted. */
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
