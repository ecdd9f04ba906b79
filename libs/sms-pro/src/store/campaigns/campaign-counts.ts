import { setImmediate } from 'node:timers/promises';
import { isFinal, noCounts, type StatusCounts } from '../../message/recipient-status.js';
import { flag, int } from '../database/row-reader.js';
import type { SmsProDatabase } from '../database/sms-pro.database.js';
import type { SqlRow } from '../database/sql-session.js';
import { storedStatus } from '../packets/stored-status.js';

/** How many recipients of a campaign have each status. */
export interface CampaignCounts {
  readonly counts: StatusCounts;
  /** Recipients without a final status. In a test, `accepted` counts as final. */
  readonly open: number;
}

const COUNTED = `SELECT r.status AS own, p.state AS state, p.test AS test, COUNT(*) AS amount
  FROM sms_pro_packet p JOIN sms_pro_recipient r ON r.root_packet_id = p.root_packet_id AND r.packet_id = p.packet_id`;

const COUNTED_BY = 'GROUP BY r.status, p.state, p.test';

/** Packets of one slice, on a database with one connection: with up to 50 recipients each, counting them takes some ms. */
const PACKETS_OF_A_SLICE = 100;

/** How often recipients are counted in slices before they are counted in one query. */
const MAX_SLICED_COUNTS = 3;

/** Counts the recipients of campaigns. A recipient without a status of its own has that of its packet. */
export class CampaignCounter {
  constructor(private readonly database: SmsProDatabase) {}

  /** @param recipients how many there are; `null` while more are being stored */
  async counts(campaignId: string, recipients: number | null): Promise<CampaignCounts> {
    const { rowNumberColumn } = this.database;
    for (let left = rowNumberColumn === null ? 0 : MAX_SLICED_COUNTS; left > 0; left -= 1) {
      const rows = await this.countInSlices(campaignId, rowNumberColumn ?? '');
      if (rows === null) continue;
      // Also incomplete: a recipient that moved back into an older packet meanwhile may have been missed.
      const isComplete = recipients === null || rows.reduce((sum, row) => sum + int(row, 'amount'), 0) === recipients;
      if (isComplete) return countsOf(rows);
    }
    return countsOf(await this.countAll(campaignId));
  }

  private async countAll(campaignId: string): Promise<readonly SqlRow[]> {
    return this.database.read((session) =>
      session.all(`${COUNTED} WHERE p.campaign_id = ? ${COUNTED_BY}`, [campaignId]),
    );
  }

  /**
   * On one connection a count of a million rows would block everything else for seconds, so it goes in slices, in the
   * order in which packets were made. `null` if a packet was replaced meanwhile: its phones may have been missed.
   */
  private async countInSlices(campaignId: string, rowNumber: string): Promise<readonly SqlRow[] | null> {
    const ends = await this.database.read((session) =>
      session.first(
        `SELECT MIN(${rowNumber}) AS first, MAX(${rowNumber}) AS last FROM sms_pro_packet WHERE campaign_id = ?`,
        [campaignId],
      ),
    );
    if (ends === null || ends['first'] === null) return [];
    const rows: SqlRow[] = [];
    const last = int(ends, 'last');
    for (let from = int(ends, 'first'); from <= last; from += PACKETS_OF_A_SLICE) {
      const to = Math.min(from + PACKETS_OF_A_SLICE - 1, last);
      const slice = await this.database.read((session) =>
        // The plus keeps SQLite from using its index of campaigns, which is not in this order.
        session.all(`${COUNTED} WHERE p.${rowNumber} BETWEEN ? AND ? AND +p.campaign_id = ? ${COUNTED_BY}`, [
          from,
          to,
          campaignId,
        ]),
      );
      rows.push(...slice);
      await setImmediate();
    }
    const replacement = await this.database.read((session) =>
      session.first(
        `SELECT packet_id FROM sms_pro_packet WHERE campaign_id = ? AND ${rowNumber} > ? AND replaces IS NOT NULL LIMIT 1`,
        [campaignId, last],
      ),
    );
    return replacement === null ? rows : null;
  }
}

function countsOf(rows: readonly SqlRow[]): CampaignCounts {
  const counts = noCounts();
  let open = 0;
  for (const row of rows) {
    const status = storedStatus(row, 'own');
    const amount = int(row, 'amount');
    counts[status] += amount;
    if (!isFinal(status) && !(status === 'accepted' && flag(row, 'test'))) open += amount;
  }
  return { counts, open };
}
