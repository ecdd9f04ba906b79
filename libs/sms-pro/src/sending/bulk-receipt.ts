import { MAX_LISTED_REJECTIONS, type RejectedRequest } from '../message/campaign.js';
import type { ChunkOutcome } from '../store/campaigns/campaign-chunk.store.js';
import type { StoredCampaign } from '../store/campaigns/campaign.store.js';

/** The result of `sendBulk()`, once everything is stored. It counts the whole campaign, even if this run resumed it. */
export interface BulkReceipt {
  readonly campaignId: string;
  /** Requests that were stored. Each is one message. */
  readonly messages: number;
  /** Recipients of all messages: a phone of two messages counts twice. */
  readonly recipients: number;
  /** SMS in total, as this package counts them: the sum of segments × phones over all messages. */
  readonly segments: number;
  /** The first 1,000 requests that were not stored because of faults, each with its index in the source. */
  readonly rejected: readonly RejectedRequest[];
  /** How many requests were not stored because of faults. */
  readonly rejectedTotal: number;
  /** Requests that were not stored again: their own `idempotencyKey` was used before with the same request. */
  readonly duplicates: number;
  /** The key of the run was used before, and its source was already stored whole: this run stored nothing. */
  readonly duplicate: boolean;
}

/** Progress of a run of `sendBulk()`. It counts the whole campaign, even if this run resumed it. */
export interface BulkProgress {
  readonly campaignId: string;
  /** Items of the source that are done: stored, rejected, or known before. */
  readonly consumed: number;
  readonly messages: number;
  readonly recipients: number;
  readonly segments: number;
  readonly rejected: number;
  /** Recipients that this run has stored per second, on average since it began. */
  readonly recipientsPerSecond: number;
}

/** The counts of a campaign that is being stored. */
export type CampaignTally = Pick<
  StoredCampaign,
  'campaignId' | 'consumed' | 'messages' | 'recipients' | 'segments' | 'rejected' | 'rejections'
>;

/** The counts after one more chunk, which ends after `consumed` items of the source. */
export function withStored(
  { campaignId, messages, recipients, segments, rejected, rejections }: CampaignTally,
  stored: Extract<ChunkOutcome, { is: 'stored' }>,
  consumed: number,
): CampaignTally {
  const room = MAX_LISTED_REJECTIONS - rejections.length;
  return {
    campaignId,
    consumed,
    messages: messages + stored.messages,
    recipients: recipients + stored.recipients,
    segments: segments + stored.segments,
    rejected: rejected + stored.rejected.length,
    rejections: room > 0 ? [...rejections, ...stored.rejected.slice(0, room)] : rejections,
  };
}

/** The receipt of what is stored so far. */
export function bulkReceipt(tally: CampaignTally, duplicate = false): BulkReceipt {
  const { campaignId, consumed, messages, recipients, segments, rejected, rejections } = tally;
  return {
    campaignId,
    messages,
    recipients,
    segments,
    rejected: rejections,
    rejectedTotal: rejected,
    duplicates: consumed - messages - rejected,
    duplicate,
  };
}
