import { SmsProInputError } from '../errors/sms-pro.errors.js';
import type { BulkStoppedBy } from './bulk-stopped.error.js';

/** Thrown inside a run of `sendBulk()` to end it early. `aborted` becomes `signal` or `shutdown`. */
export class BulkStop extends Error {
  constructor(
    readonly by: BulkStoppedBy | 'aborted',
    readonly reason?: unknown,
  ) {
    super(by);
  }
}

/** A stop at a request with faults; the paths of the faults get its index in the source. */
export function stopAtRequest(index: number, issues: SmsProInputError['issues']): BulkStop {
  const error = new SmsProInputError(
    issues.map(({ path, message }) => ({ path: `requests[${index}]${path === '' ? '' : `.${path}`}`, message })),
  );
  return new BulkStop('invalid-request', error);
}
