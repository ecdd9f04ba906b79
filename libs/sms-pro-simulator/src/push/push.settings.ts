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
  /** Repeats after a push that was not answered with HTTP 200. @default 3 */
  retries: number;
  /** Milliseconds between repeats. @default 600000 (10 minutes) */
  retryDelayMs: number;
  /** Milliseconds, in real time, that a receiver may take to answer. @default 10000 */
  timeoutMs: number;
  /** The most phones in one push. @default 50 */
  batchSize: number;
  /** Pushes to one account at one time. @default 4 */
  concurrency: number;
  /** The Content-Type header, null for none. @default 'text/xml; charset=utf-8' */
  contentType: string | null;
  /** The order of the reports that wait at one moment. @default 'as-happened' */
  order: 'as-happened' | 'reversed' | 'shuffled';
  /** Which reports are pushed: code 1 and the last one, or the last one alone. @default 'sent-and-final' */
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
