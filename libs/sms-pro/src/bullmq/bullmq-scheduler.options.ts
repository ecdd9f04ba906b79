import type { ConnectionOptions } from 'bullmq';
import { SmsProConfigError, type SmsProIssue } from '../errors/sms-pro.errors.js';

/** What a process does while Redis does not answer. */
const REDIS_DOWN_MODES = ['database-loop', 'wait'] as const;

/** See {@link BullMqSchedulerOptions.whenRedisIsDown}. */
export type WhenRedisIsDown = (typeof REDIS_DOWN_MODES)[number];

/** Options of `bullMqScheduler`. Give the same ones to every process of a fleet. */
export interface BullMqSchedulerOptions {
  /**
   * The connection to Redis, as BullMQ takes it: options such as `{ host, port, password }` or `{ url }`, or a client of
   * your own, which is never closed. Its credentials are never logged.
   */
  readonly connection: ConnectionOptions;
  /**
   * Requests in flight of the whole fleet, at most, to `/api/message` and, for uncertain packets, to `/api/dr`: from 1
   * to 1000. Each process also keeps to its own `dispatch.concurrency`. Choose at least twice that: a process that is
   * killed keeps its slots for `timeoutMs` and a few seconds. @default 16
   */
  readonly maxInFlight?: number | undefined;
  /**
   * `'database-loop'`: within two seconds each process finds its work in the database, and the ceiling of the fleet is
   * then the sum of `dispatch.concurrency`. `'wait'`: nothing is sent until Redis answers again, so `maxInFlight` always
   * holds. Nothing is lost in either case. @default 'database-loop'
   */
  readonly whenRedisIsDown?: WhenRedisIsDown | undefined;
  /**
   * The prefix of the keys in Redis. Two applications that share one Redis but not one database must have different
   * prefixes: otherwise each would take slots of the other, and find nothing to send. On Redis Cluster, keep the braces.
   * @default '{sms-pro}'
   */
  readonly queuePrefix?: string | undefined;
}

/** The options, defaulted and checked. */
export interface ResolvedBullMqOptions {
  readonly connection: ConnectionOptions;
  readonly maxInFlight: number;
  readonly whenRedisIsDown: WhenRedisIsDown;
  readonly queuePrefix: string;
}

const DEFAULTS = { maxInFlight: 16, whenRedisIsDown: 'database-loop', queuePrefix: '{sms-pro}' } as const;

const KNOWN = new Set(['connection', ...Object.keys(DEFAULTS)]);

const MAX_CEILING = 1_000;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function issuesIn(given: Record<string, unknown>): SmsProIssue[] {
  const { connection, maxInFlight, whenRedisIsDown, queuePrefix } = { ...DEFAULTS, ...stated(given) } as Record<
    string,
    unknown
  >;
  const issues = Object.keys(given)
    .filter((key) => !KNOWN.has(key))
    .map((key): SmsProIssue => ({ path: `scheduler.${key}`, message: 'is not an option of bullMqScheduler' }));
  const fault = (path: string, message: string) => issues.push({ path: `scheduler.${path}`, message });
  if (!isObject(connection)) {
    fault('connection', "is missing: give Redis as BullMQ takes it, such as { host: 'redis' }");
  } else if (typeof connection['keyPrefix'] === 'string' && connection['keyPrefix'] !== '') {
    fault('connection.keyPrefix', 'cannot be used with BullMQ: give queuePrefix instead');
  }
  if (!Number.isInteger(maxInFlight) || Number(maxInFlight) < 1 || Number(maxInFlight) > MAX_CEILING) {
    fault('maxInFlight', `must be a whole number from 1 to ${MAX_CEILING}`);
  }
  if (!REDIS_DOWN_MODES.some((mode) => mode === whenRedisIsDown)) {
    fault('whenRedisIsDown', `must be '${REDIS_DOWN_MODES.join("' or '")}'`);
  }
  if (typeof queuePrefix !== 'string' || queuePrefix === '') fault('queuePrefix', 'must be a string that is not empty');
  return issues;
}

/** The options that were given: one that is `undefined` keeps its default. */
function stated(given: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/**
 * Checks the options and fills in the defaults.
 * @throws SmsProConfigError that lists every fault
 */
export function resolveBullMqOptions(given: BullMqSchedulerOptions): ResolvedBullMqOptions {
  if (!isObject(given)) throw new SmsProConfigError('bullMqScheduler got no options: give at least { connection }.');
  const issues = issuesIn(given);
  if (issues.length > 0) throw new SmsProConfigError(issues);
  return { ...DEFAULTS, ...stated(given) } as ResolvedBullMqOptions;
}
