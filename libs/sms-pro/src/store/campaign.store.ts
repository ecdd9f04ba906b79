import { setImmediate } from 'node:timers/promises';
import type { SmsProIssue } from '../errors/sms-pro.errors.js';
import { CAMPAIGN_STATES, type CampaignState, type RejectedRequest } from '../message/campaign.js';
import { PACKET_STATES, STATUS_OF_STATE } from '../message/packet-state.js';
import { isFinal, noCounts, RECIPIENT_STATUSES, type StatusCounts } from '../message/recipient-status.js';
import { keyDigest, takeKey } from './idempotency-rows.js';
import { dateOrNull, flag, int, oneOf, text, textOrNull } from './row-reader.js';
import type { SmsProDatabase } from './sms-pro.database.js';
import type { SqlRow, SqlSession } from './sql-session.js';

/** One run of many messages, as far as it has come. */
export interface StoredCampaign {
  readonly campaignId: string;
  readonly state: CampaignState;
  /** Items of the source that are behind it: stored, rejected, or known before. */
  readonly consumed: number;
  /** Of the items consumed, in order; `null` before the first. */
  readonly sourceDigest: string | null;
  readonly messages: number;
  readonly recipients: number;
  /** SMS in all: phones x segments of each message. */
  readonly segments: number;
  readonly rejected: number;
  /** The first of those rejected. */
  readonly rejections: readonly RejectedRequest[];
  readonly createdAt: Date;
  readonly storedAt: Date | null;
  readonly canceledAt: Date | null;
}

/** How many recipients of a campaign stand where. */
export interface CampaignCounts {
  readonly counts: StatusCounts;
  /** Recipients that have not reached their end; for a test, `accepted` is one. */
  readonly open: number;
}

const COLUMNS = `campaign_id, state, consumed, source_digest, messages, recipients, segments, rejected, rejections,
  created_at, ended_at, canceled_at`;

const COUNTED = `SELECT r.status AS own, p.state AS state, p.test AS test, COUNT(*) AS amount
  FROM sms_pro_packet p JOIN sms_pro_recipient r ON r.root_packet_id = p.root_packet_id AND r.packet_id = p.packet_id`;

const COUNTED_BY = 'GROUP BY r.status, p.state, p.test';

/** Packets that are counted at once on one connection: at most fifty times as many recipients, which take some ms. */
const PACKETS_OF_A_SLICE = 100;

/** How often recipients are counted in slices before they are counted at one instant. */
const MOST_COUNTS = 3;

/** Campaigns: begun, found again by their key, and counted. */
export class CampaignStore {
  constructor(private readonly database: SmsProDatabase) {}

  /** Begins a campaign, or gives back the one that its key stands for. */
  async begin(campaignId: string, idempotencyKey: string | null, now: number): Promise<StoredCampaign> {
    const { account } = this.database;
    return this.database.transaction(async (unit) => {
      if (idempotencyKey !== null) {
        const key = { key: idempotencyKey, targetId: campaignId, fingerprint: '', createdAt: now };
        if (!(await takeKey(unit, account, 'campaign', key))) return this.underKey(unit, idempotencyKey);
      }
      await unit.insert(
        'sms_pro_campaign',
        [
          'campaign_id',
          'account',
          'idempotency_key',
          'state',
          'consumed',
          'messages',
          'recipients',
          'segments',
          'rejected',
          'created_at',
        ],
        [
          [
            campaignId,
            account,
            idempotencyKey === null ? null : keyDigest(idempotencyKey),
            'running',
            0,
            0,
            0,
            0,
            0,
            now,
          ],
        ],
      );
      return this.existing(unit, campaignId);
    });
  }

  /** A campaign of this account, or `null`. */
  async find(campaignId: string): Promise<StoredCampaign | null> {
    return this.database.read((session) => this.findIn(session, campaignId));
  }

  /**
   * How many recipients stand at each status; one without a report of its own follows its packet.
   * @param recipients how many there are; `null` while more are stored
   */
  async counts(campaignId: string, recipients: number | null = null): Promise<CampaignCounts> {
    if (this.database.singleConnection) {
      for (let left = MOST_COUNTS; left > 0; left -= 1) {
        const rows = await this.countInSlices(campaignId);
        if (rows === null) continue;
        // One that moved back to an older packet meanwhile may have been missed, too.
        const isWhole = recipients === null || rows.reduce((sum, row) => sum + int(row, 'amount'), 0) === recipients;
        if (isWhole) return countsOf(rows);
      }
    }
    return countsOf(await this.countAll(campaignId));
  }

  private async countAll(campaignId: string): Promise<readonly SqlRow[]> {
    return this.database.read((session) =>
      session.all(`${COUNTED} WHERE p.campaign_id = ? ${COUNTED_BY}`, [campaignId]),
    );
  }

  /**
   * On one connection a count of a million rows would hold up everything else for seconds, so it goes in slices, in the
   * order in which packets were made. `null` where one was replaced meanwhile, whose phones may have been missed.
   */
  private async countInSlices(campaignId: string): Promise<readonly SqlRow[] | null> {
    const ends = await this.database.read((session) =>
      session.first('SELECT MIN(rowid) AS first, MAX(rowid) AS last FROM sms_pro_packet WHERE campaign_id = ?', [
        campaignId,
      ]),
    );
    if (ends === null || ends['first'] === null) return [];
    const rows: SqlRow[] = [];
    const last = int(ends, 'last');
    for (let from = int(ends, 'first'); from <= last; from += PACKETS_OF_A_SLICE) {
      const to = Math.min(from + PACKETS_OF_A_SLICE - 1, last);
      const slice = await this.database.read((session) =>
        // The plus keeps SQLite from its index of campaigns, which knows no such order.
        session.all(`${COUNTED} WHERE p.rowid BETWEEN ? AND ? AND +p.campaign_id = ? ${COUNTED_BY}`, [
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
        'SELECT packet_id FROM sms_pro_packet WHERE campaign_id = ? AND rowid > ? AND replaces IS NOT NULL LIMIT 1',
        [campaignId, last],
      ),
    );
    return replacement === null ? rows : null;
  }

  private async underKey(session: SqlSession, key: string): Promise<StoredCampaign> {
    const row = await session.first(
      `SELECT target_id FROM sms_pro_idempotency WHERE account = ? AND scope = 'campaign' AND idempotency_key = ?`,
      [this.database.account, keyDigest(key)],
    );
    if (row === null) throw new Error('A key was taken and is not there.');
    return this.existing(session, text(row, 'target_id'));
  }

  private async existing(session: SqlSession, campaignId: string): Promise<StoredCampaign> {
    const campaign = await this.findIn(session, campaignId);
    if (campaign === null) throw new Error('An idempotency key points at no campaign.');
    return campaign;
  }

  private async findIn(session: SqlSession, campaignId: string): Promise<StoredCampaign | null> {
    const row = await session.first(`SELECT ${COLUMNS} FROM sms_pro_campaign WHERE campaign_id = ? AND account = ?`, [
      campaignId,
      this.database.account,
    ]);
    return row === null ? null : storedCampaign(row);
  }
}

function countsOf(rows: readonly SqlRow[]): CampaignCounts {
  const counts = noCounts();
  let open = 0;
  for (const row of rows) {
    const own = row['own'] === null ? null : oneOf(row, 'own', RECIPIENT_STATUSES);
    const status = own ?? STATUS_OF_STATE[oneOf(row, 'state', PACKET_STATES)];
    const amount = int(row, 'amount');
    counts[status] += amount;
    if (!isFinal(status) && !(status === 'accepted' && flag(row, 'test'))) open += amount;
  }
  return { counts, open };
}

function storedCampaign(row: SqlRow): StoredCampaign {
  return {
    campaignId: text(row, 'campaign_id'),
    state: oneOf(row, 'state', CAMPAIGN_STATES),
    consumed: int(row, 'consumed'),
    sourceDigest: textOrNull(row, 'source_digest'),
    messages: int(row, 'messages'),
    recipients: int(row, 'recipients'),
    segments: int(row, 'segments'),
    rejected: int(row, 'rejected'),
    rejections: rejectionsOf(textOrNull(row, 'rejections')),
    createdAt: new Date(int(row, 'created_at')),
    storedAt: dateOrNull(row, 'ended_at'),
    canceledAt: dateOrNull(row, 'canceled_at'),
  };
}

/** As one line of JSON for each, of which most have a single fault. */
type RejectionLine = readonly [index: number, ...faults: (readonly [path: string, message: string])[]];

/** How rejected requests are kept: the shortest JSON that says it. */
export function rejectionsText(rejections: readonly RejectedRequest[]): string {
  const lines: RejectionLine[] = rejections.map(({ index, issues }) => [
    index,
    ...issues.map(({ path, message }) => [path, message] as const),
  ]);
  return JSON.stringify(lines);
}

function rejectionsOf(kept: string | null): RejectedRequest[] {
  if (kept === null) return [];
  return (JSON.parse(kept) as RejectionLine[]).map(([index, ...faults]) => ({
    index,
    issues: faults.map(([path, message]): SmsProIssue => ({ path, message })),
  }));
}
