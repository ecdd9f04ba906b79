import { SmsProInvariantError } from '../../errors/sms-pro.errors.js';
import { CAMPAIGN_STATES, type CampaignState, type RejectedRequest } from '../../message/campaign.js';
import { dateOrNull, int, knownOrNull, text, textOrNull } from '../database/row-reader.js';
import type { SmsProDatabase } from '../database/sms-pro.database.js';
import type { SqlRow, SqlSession } from '../database/sql-session.js';
import { keyDigest, takeKey } from '../messages/idempotency-rows.js';
import { CampaignCounter, type CampaignCounts } from './campaign-counts.js';
import { rejectionsOf } from './campaign-rejections.js';

/** A campaign, as it is stored. */
export interface StoredCampaign {
  readonly campaignId: string;
  readonly state: CampaignState;
  /** Items of the source that were read: stored, rejected, or known before. */
  readonly consumed: number;
  /** The digest of the items consumed, in order; `null` before the first. */
  readonly sourceDigest: string | null;
  readonly messages: number;
  readonly recipients: number;
  /** SMS in all: phones x segments of each message. */
  readonly segments: number;
  readonly rejected: number;
  /** The first rejected requests. */
  readonly rejections: readonly RejectedRequest[];
  readonly createdAt: Date;
  readonly storedAt: Date | null;
  readonly canceledAt: Date | null;
}

const COLUMNS = `campaign_id, state, consumed, source_digest, messages, recipients, segments, rejected, rejections,
  created_at, ended_at, canceled_at`;

/** Campaigns: begins them, finds them again by their key, and counts their recipients. */
export class CampaignStore {
  private readonly counter: CampaignCounter;

  constructor(private readonly database: SmsProDatabase) {
    this.counter = new CampaignCounter(database);
  }

  /** Begins a campaign, or returns the one that was begun with this key. */
  async begin(campaignId: string, idempotencyKey: string | null, now: number): Promise<StoredCampaign> {
    const { account } = this.database;
    return this.database.transaction(async (unit) => {
      if (idempotencyKey !== null) {
        const key = { key: idempotencyKey, targetId: campaignId, fingerprint: '', createdAt: now };
        if (!(await takeKey(unit, account, 'campaign', key))) return this.underKey(unit, idempotencyKey);
      }
      const row = {
        campaign_id: campaignId,
        account,
        idempotency_key: idempotencyKey === null ? null : keyDigest(idempotencyKey),
        state: 'running',
        consumed: 0,
        messages: 0,
        recipients: 0,
        segments: 0,
        rejected: 0,
        created_at: now,
      };
      await unit.insert('sms_pro_campaign', Object.keys(row), [Object.values(row)]);
      return this.existing(unit, campaignId);
    });
  }

  /** A campaign of this account, or `null`. */
  async find(campaignId: string): Promise<StoredCampaign | null> {
    return this.database.read((session) => this.findIn(session, campaignId));
  }

  /**
   * How many recipients have each status; one without a status of its own has that of its packet.
   * @param recipients how many there are; `null` while more are being stored
   */
  async counts(campaignId: string, recipients: number | null = null): Promise<CampaignCounts> {
    return this.counter.counts(campaignId, recipients);
  }

  private async underKey(session: SqlSession, key: string): Promise<StoredCampaign> {
    const row = await session.first(
      `SELECT target_id FROM sms_pro_idempotency WHERE account = ? AND scope = 'campaign' AND idempotency_key = ?`,
      [this.database.account, keyDigest(key)],
    );
    if (row === null) throw new SmsProInvariantError('An idempotency key is taken, but has no row.');
    return this.existing(session, text(row, 'target_id'));
  }

  private async existing(session: SqlSession, campaignId: string): Promise<StoredCampaign> {
    const campaign = await this.findIn(session, campaignId);
    if (campaign === null) {
      throw new SmsProInvariantError('An idempotency key belongs to a campaign that no longer exists.');
    }
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

function storedCampaign(row: SqlRow): StoredCampaign {
  return {
    campaignId: text(row, 'campaign_id'),
    // A state that only a newer version knows must not be taken for the end of the campaign.
    state: knownOrNull(row, 'state', CAMPAIGN_STATES) ?? 'running',
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
