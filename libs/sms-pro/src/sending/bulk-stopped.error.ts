import { SmsProError } from '../errors/sms-pro.errors.js';
import type { BulkReceipt } from './bulk-receipt.js';

/** Why a run of `sendBulk()` ended before the end of its source. */
export type BulkStoppedBy =
  'signal' | 'canceled' | 'invalid-request' | 'source' | 'on-progress' | 'another-run' | 'shutdown' | 'store';

const WHY: Readonly<Record<BulkStoppedBy, string>> = {
  signal: 'its signal was aborted',
  canceled: 'the campaign was canceled (a new campaign needs a new idempotencyKey)',
  'invalid-request': 'a request has faults and onInvalid is "stop"',
  source: 'the source threw',
  'on-progress': 'onProgress threw',
  'another-run': 'another run with the same idempotencyKey is storing the campaign (let only one run)',
  shutdown: 'the application is shutting down',
  store: 'the database failed',
};

const RETRYABLE: ReadonlySet<BulkStoppedBy> = new Set(['signal', 'another-run', 'shutdown']);

/**
 * `sendBulk()` ended before the end of its source (code `BULK_STOPPED`). What is stored so far is the beginning of the
 * source, without gaps, and is sent: call `sendBulk()` again with the same `idempotencyKey` to store the rest, or cancel
 * the campaign with `cancelCampaign()`. It is `retryable` only if the same call would store the rest.
 */
export class SmsProBulkStoppedError extends SmsProError {
  /** Why it ended. */
  readonly stoppedBy: BulkStoppedBy;
  /** What is stored of the campaign so far. */
  readonly receipt: BulkReceipt;

  /** @param hasKey whether the run has an `idempotencyKey`: without one the same call would start from the beginning */
  constructor(stoppedBy: BulkStoppedBy, receipt: BulkReceipt, cause: unknown, hasKey: boolean) {
    const mayRetry = cause instanceof SmsProError ? cause.retryable : RETRYABLE.has(stoppedBy);
    // Without a key, the same call would send what is stored a second time.
    const retryable = mayRetry && (hasKey || receipt.messages === 0);
    const remedy =
      receipt.messages === 0 || stoppedBy === 'canceled'
        ? ''
        : hasKey
          ? ' Call sendBulk() again with the same idempotencyKey and source to store the rest.'
          : ' They will be sent. Without an idempotencyKey the run cannot be resumed, and the same call would send them twice: cancel them with cancelCampaign(), or call sendBulk() with only the rest.';
    // The message of the cause may quote data of the source, so it is not repeated here.
    super(
      `sendBulk() stopped because ${WHY[stoppedBy]}. ${receipt.messages} messages of campaign ${receipt.campaignId} are stored.${remedy}`,
      { code: 'BULK_STOPPED', retryable, cause },
    );
    this.stoppedBy = stoppedBy;
    this.receipt = receipt;
  }
}
