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

  /** @param hasKey whether the run has an `idempotencyKey`: without one the same call would begin anew */
  constructor(stoppedBy: BulkStoppedBy, receipt: BulkReceipt, cause: unknown, hasKey: boolean) {
    const mayGoOn = cause instanceof SmsProError ? cause.retryable : RETRYABLE.has(stoppedBy);
    // Without a key what is stored would go out a second time.
    const retryable = mayGoOn && (hasKey || receipt.messages === 0);
    const remedy =
      receipt.messages === 0 || stoppedBy === 'canceled'
        ? ''
        : hasKey
          ? ' Run it again with the same idempotencyKey and source to go on from there.'
          : ' They go out. It has no idempotencyKey, so that it cannot go on: the same call would send them twice. Take them back with cancelCampaign(), or give only the rest.';
    // The cause's own words may quote what the source read: they stay with the cause.
    super(
      `sendBulk stopped, since ${WHY[stoppedBy]}. ${receipt.messages} messages of campaign ${receipt.campaignId} are stored.${remedy}`,
      { code: 'BULK_STOPPED', retryable, cause },
    );
    this.stoppedBy = stoppedBy;
    this.receipt = receipt;
  }
}
