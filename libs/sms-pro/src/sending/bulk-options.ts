import { SmsProInputError, type SmsProIssue } from '../errors/sms-pro.errors.js';
import type { BulkProgress } from './bulk-receipt.js';
import type { SendSmsRequest } from './send-sms.request.js';

/** Options of `sendBulk()`. */
export interface BulkOptions {
  /**
   * With the same key and the same source, `sendBulk()` resumes a run that ended early, or returns the receipt of one
   * that was stored whole: nothing is stored twice. 1 to 255 characters. @default none: the run cannot be resumed
   */
  readonly idempotencyKey?: string | undefined;
  /**
   * Ends the run with `SmsProBulkStoppedError` when it is aborted: what is stored by then stays stored, and is sent. If
   * it is aborted before the run begins, its reason is thrown.
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * Called when the run begins, so that the `campaignId` is known, and after each part of the source that is stored.
   * The run waits for the promise it returns; if it throws, the run ends with `SmsProBulkStoppedError`.
   */
  readonly onProgress?: ((progress: BulkProgress) => unknown) | undefined;
  /**
   * `skip`: a request with faults is listed in the receipt, and the others are stored. `stop`: the run ends with
   * `SmsProBulkStoppedError`, and nothing from that request on is stored. @default 'skip'
   */
  readonly onInvalid?: 'skip' | 'stop' | undefined;
}

/**
 * The requests of `sendBulk()`, read one by one. A source that finds a fault by itself, such as a line with too few
 * columns, yields an `SmsProInputError` instead of the request: it counts as a request with those faults.
 */
export type BulkSource = Iterable<SendSmsRequest | SmsProInputError> | AsyncIterable<SendSmsRequest | SmsProInputError>;

const OPTION_CHECKS: Readonly<Record<keyof BulkOptions, (value: unknown) => string | null>> = {
  idempotencyKey: (value) =>
    typeof value === 'string' && value !== '' && value.length <= 255
      ? null
      : 'must be a string of 1 to 255 characters, or be left out',
  signal: (value) => (value instanceof AbortSignal ? null : 'must be an AbortSignal, such as controller.signal'),
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
 * Checks the arguments of `sendBulk()`. The requests themselves are checked one by one, as they are read.
 * @throws SmsProInputError that lists every fault and how to fix it
 */
export function checkBulk(requests: unknown, options: unknown): void {
  const issues: SmsProIssue[] = [];
  const fault = sourceFault(requests);
  if (fault !== null) issues.push({ path: 'requests', message: fault });
  for (const [name, value] of Object.entries(options ?? {})) {
    const check = Object.hasOwn(OPTION_CHECKS, name) ? OPTION_CHECKS[name as keyof BulkOptions] : null;
    const message =
      check === null ? 'is not an option of sendBulk(): check its spelling' : value === undefined ? null : check(value);
    if (message !== null) issues.push({ path: name, message });
  }
  if (issues.length > 0) throw new SmsProInputError(issues);
}
