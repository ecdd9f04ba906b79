import { SmsProInputError, type SmsProIssue } from '../errors/sms-pro.errors.js';
import type { BulkProgress } from './bulk-receipt.js';
import type { SendSmsRequest } from './send-sms.request.js';

/** What `sendBulk()` takes beside the requests. */
export interface BulkOptions {
  /**
   * The same key with the same source goes on where an earlier run ended, or gives its receipt back: nothing is stored
   * twice. Without a key a run cannot be resumed. At most 255 characters.
   */
  readonly idempotencyKey?: string | undefined;
  /** Ends the run: what is stored by then stays stored. */
  readonly signal?: AbortSignal | undefined;
  /** Called when the run begins, which tells the `campaignId`, and after each part that is stored. */
  readonly onProgress?: ((progress: BulkProgress) => unknown) | undefined;
  /** `skip`: a request with faults is reported, and the others go on; `stop`: nothing after it is stored. @default 'skip' */
  readonly onInvalid?: 'skip' | 'stop' | undefined;
}

/**
 * What `sendBulk()` sends, one by one. An `SmsProInputError` in the place of a request is a request with these faults:
 * for a source that finds faults of its own, such as a line with too few columns.
 */
export type BulkSource = Iterable<SendSmsRequest | SmsProInputError> | AsyncIterable<SendSmsRequest | SmsProInputError>;

const OPTION_CHECKS: Readonly<Record<keyof BulkOptions, (value: unknown) => string | null>> = {
  idempotencyKey: (value) =>
    typeof value === 'string' && value !== '' && value.length <= 255
      ? null
      : 'must be a string of 1 to 255 characters: leave it out, or give a key',
  signal: (value) =>
    value instanceof AbortSignal ? null : 'must be an AbortSignal, such as that of an AbortController',
  onProgress: (value) => (typeof value === 'function' ? null : 'must be a function'),
  onInvalid: (value) => (value === 'skip' || value === 'stop' ? null : "must be 'skip' or 'stop'"),
};

const WANTED = 'give an array, a generator, a stream or a cursor of requests such as { to, text }';

function sourceFault(requests: unknown): string | null {
  if (typeof requests === 'string') return `is a string: ${WANTED}`;
  if (typeof requests !== 'object' || requests === null) return `is missing: ${WANTED}`;
  if (ArrayBuffer.isView(requests)) return `is bytes: parse them, and ${WANTED}`;
  if (Symbol.iterator in requests || Symbol.asyncIterator in requests) return null;
  if ('to' in requests) return 'is one request: use send(), or put it into an array';
  return `is not iterable: ${WANTED}`;
}

/**
 * Checks the arguments of `sendBulk()`; its requests are checked one by one, when they are read.
 * @throws SmsProInputError that names the remedy
 */
export function checkBulk(requests: unknown, options: unknown): void {
  const issues: SmsProIssue[] = [];
  const fault = sourceFault(requests);
  if (fault !== null) issues.push({ path: 'requests', message: fault });
  for (const [name, value] of Object.entries(options ?? {})) {
    const check = Object.hasOwn(OPTION_CHECKS, name) ? OPTION_CHECKS[name as keyof BulkOptions] : null;
    const message =
      check === null ? 'is not known here: check its spelling' : value === undefined ? null : check(value);
    if (message !== null) issues.push({ path: name, message });
  }
  if (issues.length > 0) throw new SmsProInputError(issues);
}
