import { SmsProError } from '../errors/sms-pro.errors.js';
import type { SmsStatus } from './sms-status.js';

/** `waitFor` waited its time. The message goes on; only the waiting ended. */
export class SmsProWaitTimeoutError extends SmsProError {
  /** Where the message stood when the time was over. */
  readonly status: SmsStatus;

  constructor(status: SmsStatus, until: 'accepted' | 'final', timeoutMs: number) {
    super(`Message ${status.messageId} was not ${until} within ${timeoutMs} ms. It goes on; ask status() later.`, {
      code: 'WAIT_TIMEOUT',
      retryable: true,
    });
    this.status = status;
  }
}
