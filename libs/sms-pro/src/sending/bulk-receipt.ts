import type { RejectedRequest } from '../message/campaign.js';
import type { StoredCampaign } from '../store/campaigns/campaign.store.js';

/** What `sendBulk()` gives back once all is stored. It speaks of the whole campaign, also where this run resumed it. */
export interface BulkReceipt {
  readonly campaignId: string;
  /** Requests that were stored: each is a message of its own. */
  readonly messages: number;
  readonly recipients: number;
  /** SMS in all, as this package counts them: segments x phones of each message. */
  readonly segments: number;
  /** The first 1,000 requests that were left out for their faults, each with its place in the source. */
  readonly rejected: readonly RejectedRequest[];
  /** How many were left out. */
  readonly rejectedTotal: number;
  /** Requests whose own `idempotencyKey` was used before with the same request: not stored again. */
  readonly duplicates: number;
  /** The key of the run was used before and the same source was stored then: nothing more was stored. */
  readonly duplicate: boolean;
}

/** How far a run of `sendBulk()` has come. */
export interface BulkProgress {
  readonly campaignId: string;
  /** Items of the source that are behind it: stored, rejected, or known before. */
  readonly consumed: number;
  readonly messages: number;
  readonly recipients: number;
  readonly segments: number;
  readonly rejected: number;
  /** Recipients this run has stored each second since it began. */
  readonly recipientsPerSecond: number;
}

/** The counts of a campaign that is being stored. */
export type CampaignTally = Pick<
  StoredCampaign,
  'campaignId' | 'consumed' | 'messages' | 'recipients' | 'segments' | 'rejected' | 'rejections'
>;

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
