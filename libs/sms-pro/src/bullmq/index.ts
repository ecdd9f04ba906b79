import type { SmsProSchedulerFactory } from '../options/scheduler.js';
import { resolveBullMqOptions, type BullMqSchedulerOptions } from './bullmq-scheduler.options.js';
import { BullMqScheduler } from './bullmq.scheduler.js';

export type { BullMqSchedulerOptions, WhenRedisIsDown } from './bullmq-scheduler.options.js';

/**
 * Makes the `scheduler` that lets many processes share their work through BullMQ 6 and Redis: workers are woken at once
 * on any machine, all of them together keep to one ceiling of requests in flight, and one sweeps and polls for all. The
 * database stays the queue: `send()` does not wait for Redis, and nothing is lost if Redis is.
 *
 * Needs `npm install bullmq@6 ioredis@5`. Give the same options to every process of the fleet, also to those that only
 * store messages (`dispatch.enabled: false`).
 *
 * @example
 * SmsProModule.forRoot({
 *   login, password,
 *   database: { type: 'postgres', url },
 *   scheduler: bullMqScheduler({ connection: { host: 'redis' }, maxInFlight: 32 }),
 * })
 * @throws SmsProConfigError that lists every wrong option
 */
export function bullMqScheduler(options: BullMqSchedulerOptions): SmsProSchedulerFactory {
  const resolved = resolveBullMqOptions(options);
  return (context) => new BullMqScheduler(resolved, context);
}
