import { MAX_LISTED_REJECTIONS, type RejectedRequest } from '../../message/campaign.js';
import { rejectionsText } from './campaign-rejections.js';
import { withoutKnown, type ChunkMessage, type KeyRules } from './chunk-keys.js';
import { insertChunk, type DuePackets } from './chunk-rows.js';
import { int } from '../database/row-reader.js';
import type { SmsProDatabase } from '../database/sms-pro.database.js';
import type { UnitOfWork } from '../database/unit-of-work.js';

/** The next part of a campaign's source. It is stored whole or not at all. */
export interface CampaignChunk {
  readonly campaignId: string;
  /** Items of the source before it. */
  readonly from: number;
  /** Items of the source up to its end. */
  readonly to: number;
  /** The digest of all items up to its end. */
  readonly sourceDigest: string;
  readonly messages: readonly ChunkMessage[];
  readonly rejected: readonly RejectedRequest[];
  /** Rejected requests that the campaign already lists. */
  readonly rejectedBefore: readonly RejectedRequest[];
  /** Whether the source ends with it. */
  readonly isLast: boolean;
  readonly now: number;
}

/** The result of storing a chunk. */
export type ChunkOutcome =
  | {
      readonly is: 'stored';
      readonly messages: number;
      readonly recipients: number;
      readonly segments: number;
      /** The rejected requests of this chunk and those whose key was used before for another request, in order. */
      readonly rejected: readonly RejectedRequest[];
      readonly due: readonly DuePackets[];
    }
  /** Nothing was stored: the campaign is canceled. */
  | { readonly is: 'canceled' }
  /** Nothing was stored: another run of the campaign has already stored more. */
  | { readonly is: 'overtaken' }
  /** Nothing was stored: the key of this request was used before for another request. */
  | { readonly is: 'conflict'; readonly index: number };

/** Thrown to roll the transaction back. */
class KeyConflict extends Error {
  constructor(readonly index: number) {
    super('A key was used before for another request.');
  }
}

/** Stores campaigns chunk by chunk: what is stored is always the beginning of the source, without gaps. */
export class CampaignChunkStore {
  constructor(private readonly database: SmsProDatabase) {}

  /** How many recipients one chunk may have. */
  get maxRecipients(): number {
    return this.database.batches.maxCampaignRecipients;
  }

  /** Writes messages, packets, recipients, keys and the campaign's counts in one transaction. */
  async store(chunk: CampaignChunk, rules: KeyRules): Promise<ChunkOutcome> {
    try {
      return await this.database.transaction((unit) => this.storeIn(unit, chunk, rules));
    } catch (error) {
      if (error instanceof KeyConflict) return { is: 'conflict', index: error.index };
      throw error;
    }
  }

  private async storeIn(unit: UnitOfWork, chunk: CampaignChunk, rules: KeyRules): Promise<ChunkOutcome> {
    // Two runs of one campaign wait for each other here, and the second one sees how much the first one has stored.
    const campaign = await unit.first(
      `SELECT state, consumed FROM sms_pro_campaign WHERE campaign_id = ? ${unit.dialect.forUpdate}`,
      [chunk.campaignId],
    );
    if (campaign === null || campaign['state'] === 'canceled') return { is: 'canceled' };
    if (campaign['state'] !== 'running' || int(campaign, 'consumed') !== chunk.from) return { is: 'overtaken' };
    const { fresh, conflicting } = await withoutKnown(unit, chunk.messages, rules);
    const [first] = conflicting;
    if (first !== undefined && rules.stopAtConflict) throw new KeyConflict(first);
    const due = await insertChunk(unit, chunk.campaignId, fresh);
    const counted = {
      messages: fresh.length,
      recipients: sum(fresh, ({ phones }) => phones.length),
      segments: sum(fresh, ({ phones, segments }) => phones.length * segments),
      rejected: [...chunk.rejected, ...conflicting.map((index) => ({ index, issues: rules.conflict }))].toSorted(
        (a, b) => a.index - b.index,
      ),
    };
    await this.count(unit, chunk, counted);
    return { is: 'stored', ...counted, due };
  }

  private async count(
    unit: UnitOfWork,
    { campaignId, to, sourceDigest, rejectedBefore, isLast, now }: CampaignChunk,
    stored: {
      readonly messages: number;
      readonly recipients: number;
      readonly segments: number;
      readonly rejected: readonly RejectedRequest[];
    },
  ): Promise<void> {
    const room = MAX_LISTED_REJECTIONS - rejectedBefore.length;
    const isListed = stored.rejected.length > 0 && room > 0;
    const listed = isListed ? rejectionsText([...rejectedBefore, ...stored.rejected.slice(0, room)]) : null;
    await unit.run(
      `UPDATE sms_pro_campaign SET consumed = ?, source_digest = ?, messages = messages + ?, recipients = recipients + ?,
         segments = segments + ?, rejected = rejected + ?, rejections = COALESCE(?, rejections), state = ?, ended_at = ?
       WHERE campaign_id = ?`,
      [
        to,
        sourceDigest,
        stored.messages,
        stored.recipients,
        stored.segments,
        stored.rejected.length,
        listed,
        isLast ? 'stored' : 'running',
        isLast ? now : null,
        campaignId,
      ],
    );
  }
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0);
}
