import { SmsProError } from '../errors/sms-pro.errors.js';
import type { SmsStatus } from './sms-status.js';

/** `waitFor()` reached its `timeoutMs` (code `WAIT_TIMEOUT`). Only the wait has ended: the message is still processed. */
export class SmsProWaitTimeoutError extends SmsProError {
  /** The status of the message when the time was over. */
  readonly status: SmsStatus;

  constructor(status: SmsStatus, until: 'accepted' | 'final', timeoutMs: number) {
    super(
      `Message ${status.messageId} was not ${until} within ${timeoutMs} ms. It is still processed: call status() later.`,
      { code: 'WAIT_TIMEOUT', retryable: true },
    );
    this.status = status;
  }
}
