import type { ConnectionOptions } from 'bullmq';
import { SmsProConfigError, type SmsProIssue } from '../errors/sms-pro.errors.js';

/** What is done while Redis does not answer. */
const REDIS_DOWN_MODES = ['database-loop', 'wait'] as const;

/** See {@link BullMqSchedulerOptions.whenRedisIsDown}. */
export type WhenRedisIsDown = (typeof REDIS_DOWN_MODES)[number];

/** What `bullMqScheduler` takes. Give the same to every process of a fleet. */
export interface BullMqSchedulerOptions {
  /**
   * Redis, as BullMQ's own `connection`: options such as `{ host, port, password }` or `{ url }`, or a client made by
   * you, which is copied and left open. Its credentials are never logged.
   */
  readonly connection: ConnectionOptions;
  /**
   * Most requests that the whole fleet has in flight at `/api/message` and, for what is uncertain, `/api/dr`: from 1 to
   * 1000. Each process keeps to its own `dispatch.concurrency` below that. Twice `dispatch.concurrency` or more is
   * wise: a process that is killed keeps its slots for `timeoutMs` and a few seconds. @default 16
   */
  readonly maxInFlight?: number | undefined;
  /**
   * `'database-loop'`: each process goes on by itself within two seconds, and the ceiling of the fleet is then the sum
   * of `dispatch.concurrency`. `'wait'`: nothing is sent until Redis answers again, and the ceiling holds always.
   * Nothing is lost in either. @default 'database-loop'
   */
  readonly whenRedisIsDown?: WhenRedisIsDown | undefined;
  /**
   * What the keys in Redis begin with. Two applications that share one Redis and not their database must differ in it:
   * under one name each would take the other's slots, and find nothing to do. Keep the braces on Redis Cluster.
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

const HIGHEST_CEILING = 1_000;

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
  if (!isObject(connection))
    fault('connection', "is missing: give Redis as BullMQ takes it, such as { host: 'redis' }");
  else if (typeof connection['keyPrefix'] === 'string' && connection['keyPrefix'] !== '') {
    fault('connection.keyPrefix', 'cannot be used with BullMQ: give queuePrefix instead');
  }
  if (!Number.isInteger(maxInFlight) || Number(maxInFlight) < 1 || Number(maxInFlight) > HIGHEST_CEILING) {
    fault('maxInFlight', `must be a whole number from 1 to ${HIGHEST_CEILING}`);
  }
  if (!REDIS_DOWN_MODES.some((mode) => mode === whenRedisIsDown)) {
    fault('whenRedisIsDown', `must be '${REDIS_DOWN_MODES.join("' or '")}'`);
  }
  if (typeof queuePrefix !== 'string' || queuePrefix === '') fault('queuePrefix', 'must be a text that is not empty');
  return issues;
}

/** An `undefined` leaves the default. */
function stated(given: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/**
 * Defaults and checks the options.
 * @throws SmsProConfigError that lists every fault
 */
export function resolveBullMqOptions(given: BullMqSchedulerOptions): ResolvedBullMqOptions {
  if (!isObject(given)) throw new SmsProConfigError('bullMqScheduler got no options: give at least { connection }.');
  const issues = issuesIn(given);
  if (issues.length > 0) throw new SmsProConfigError(issues);
  return { ...DEFAULTS, ...stated(given) } as ResolvedBullMqOptions;
}
