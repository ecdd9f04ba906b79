import type { SmsProIssue } from '../errors/sms-pro.errors.js';

/** How far a campaign has come: its source is being read, all of it is stored, or it was taken back. */
export const CAMPAIGN_STATES = ['running', 'stored', 'canceled'] as const;

/**
 * `running`: the source is being read, or the process that read it died; `stored`: all of it is stored and goes out;
 * `canceled`: it was taken back.
 */
export type CampaignState = (typeof CAMPAIGN_STATES)[number];

/** A request that was left out of a campaign. */
export interface RejectedRequest {
  /** Its place in the source, from 0. */
  readonly index: number;
  /** Every fault of it, as `send()` would have listed them. */
  readonly issues: readonly SmsProIssue[];
}

/** Most rejected requests a campaign keeps one by one; the others are counted. */
export const MOST_REJECTED = 1_000;
