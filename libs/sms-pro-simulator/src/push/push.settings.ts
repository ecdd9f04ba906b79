import {
  assertShape,
  isCount,
  isDuration,
  isFlag,
  isOneOf,
  isPositive,
  isText,
  orNull,
  type Shape,
} from '../settings/shape.js';

/** How the simulator delivers reports to an account's `reportUrl`. */
export interface PushSettings {
  /** Retries of a push that was not answered with HTTP 200. @default 3 */
  retries: number;
  /** Milliseconds between retries. @default 600000 (10 minutes) */
  retryDelayMs: number;
  /** Milliseconds, in real time, that a receiver may take to answer. @default 10000 */
  timeoutMs: number;
  /** Maximum number of reports in one push. @default 50 */
  batchSize: number;
  /** Concurrent pushes to one account. @default 4 */
  concurrency: number;
  /** The Content-Type header, null for none. @default 'text/xml; charset=utf-8' */
  contentType: string | null;
  /** The order of the reports that are waiting at one instant. @default 'as-happened' */
  order: 'as-happened' | 'reversed' | 'shuffled';
  /** Which reports are pushed: code 1 and the last one, or only the last one. @default 'sent-and-final' */
  on: 'sent-and-final' | 'final';
  /** Accept a receiver's certificate that cannot be verified? @default false */
  acceptAnyCertificate: boolean;
}

export const DEFAULT_PUSH: Readonly<PushSettings> = {
  retries: 3,
  retryDelayMs: 600_000,
  timeoutMs: 10_000,
  batchSize: 50,
  concurrency: 4,
  contentType: 'text/xml; charset=utf-8',
  order: 'as-happened',
  on: 'sent-and-final',
  acceptAnyCertificate: false,
};

const PUSH_SHAPE: Shape<PushSettings> = {
  retries: isCount,
  retryDelayMs: isDuration,
  timeoutMs: isDuration,
  batchSize: isPositive,
  concurrency: isPositive,
  contentType: orNull(isText),
  order: isOneOf('as-happened', 'reversed', 'shuffled'),
  on: isOneOf('sent-and-final', 'final'),
  acceptAnyCertificate: isFlag,
};

/** @throws SimulatorInputError */
export function changePush(settings: Readonly<PushSettings>, changes: unknown): PushSettings {
  assertShape<Partial<PushSettings>>(changes, PUSH_SHAPE, 'push');
  return { ...settings, ...changes };
}
