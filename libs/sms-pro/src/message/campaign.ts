import type { SmsProIssue } from '../errors/sms-pro.errors.js';

/** Every {@link CampaignState}. */
export const CAMPAIGN_STATES = ['running', 'stored', 'canceled'] as const;

/**
 * The state of a campaign. `running`: the source is being read, or the process that read it died. `stored`: all of it is
 * stored and will be sent. `canceled`: everything that was not sent yet is canceled.
 */
export type CampaignState = (typeof CAMPAIGN_STATES)[number];

/** A request that was left out of a campaign. */
export interface RejectedRequest {
  /** Its position in the source, from 0. */
  readonly index: number;
  /** All of its faults, as in the `SmsProInputError` of `send()`. */
  readonly issues: readonly SmsProIssue[];
}

/** Rejected requests that a campaign lists, at most; further ones are only counted. */
export const MAX_LISTED_REJECTIONS = 1_000;
