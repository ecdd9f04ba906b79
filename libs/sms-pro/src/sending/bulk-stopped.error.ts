import { SmsProError } from '../errors/sms-pro.errors.js';
import type { BulkReceipt } from './bulk-receipt.js';

/** Why a run of `sendBulk()` ended before its source did. */
export type BulkStoppedBy =
  'signal' | 'canceled' | 'invalid-request' | 'source' | 'on-progress' | 'another-run' | 'shutdown' | 'store';

const WHY: Readonly<Record<BulkStoppedBy, string>> = {
  signal: 'its signal was aborted',
  canceled: 'the campaign was canceled; for another one give another idempotencyKey',
  'invalid-request': 'a request has faults and onInvalid is "stop"',
  source: 'the source threw',
  'on-progress': 'onProgress threw',
  'another-run': 'another run of the same idempotencyKey stores it: let one of them do it',
  shutdown: 'the application is shutting down',
  store: 'the database failed',
};

const RETRYABLE: ReadonlySet<BulkStoppedBy> = new Set(['signal', 'another-run', 'shutdown']);

/**
 * `sendBulk()` ended before its source did. What is stored by then is a whole beginning of the source, and goes out:
 * run it again with the same `idempotencyKey` to go on from there, or take it back with `cancelCampaign()`.
 */
export class SmsProBulkStoppedError extends SmsProError {
  readonly stoppedBy: BulkStoppedBy;
  /** What is stored of the campaign so far. */
  readonly receipt: BulkReceipt;

  constructor(stoppedBy: BulkStoppedBy, receipt: BulkReceipt, cause?: unknown) {
    const retryable = cause instanceof SmsProError ? cause.retryable : RETRYABLE.has(stoppedBy);
    // The cause's own words may quote what the source read: they stay with the cause.
    super(
      `sendBulk stopped, since ${WHY[stoppedBy]}. ${receipt.messages} messages of campaign ${receipt.campaignId} are stored.`,
      { code: 'BULK_STOPPED', retryable, cause },
    );
    this.stoppedBy = stoppedBy;
    this.receipt = receipt;
  }
}
