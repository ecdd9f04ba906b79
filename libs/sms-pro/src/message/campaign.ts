import type { SmsProIssue } from '../errors/sms-pro.errors.js';

/** Where a campaign stands. */
export const CAMPAIGN_STATES = ['running', 'stored', 'canceled'] as const;

/**
 * `running`: the source is being read, or the process that read it died; `stored`: all of it is stored and goes out;
 * `canceled`: what was not sent yet is canceled.
 */
export type CampaignState = (typeof CAMPAIGN_STATES)[number];

/** A request that was left out of a campaign. */
export interface RejectedRequest {
  /** Its place in the source, from 0. */
  readonly index: number;
  /** Every fault of it, as `send()` would have listed them. */
  readonly issues: readonly SmsProIssue[];
}

/** How many rejected requests a campaign lists; the others are only counted. */
export const MAX_LISTED_REJECTIONS = 1_000;
