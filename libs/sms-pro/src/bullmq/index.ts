import type { SmsProSchedulerFactory } from '../options/scheduler.js';
import { resolveBullMqOptions, type BullMqSchedulerOptions } from './bullmq-scheduler.options.js';
import { BullMqScheduler } from './bullmq.scheduler.js';

export type { BullMqSchedulerOptions, WhenRedisIsDown } from './bullmq-scheduler.options.js';

/**
 * Lets BullMQ 6 run the work of many processes through Redis: they are woken at once on whatever machine, have a hard
 * ceiling of requests in flight together, and sweep and poll once for all. The database stays the queue: `send()` does
 * not wait for Redis, and nothing is lost with it.
 *
 * Needs `npm install bullmq@6 ioredis@5`. Every process of the fleet gives the same options, those that only store
 * (`dispatch.enabled: false`) too.
 *
 * @example
 * SmsProModule.forRoot({
 *   login, password,
 *   database: { type: 'postgres', url },
 *   scheduler: bullMqScheduler({ connection: { host: 'redis' }, maxInFlight: 32 }),
 * })
 * @throws SmsProConfigError when an option is wrong
 */
export function bullMqScheduler(options: BullMqSchedulerOptions): SmsProSchedulerFactory {
  const resolved = resolveBullMqOptions(options);
  return (context) => new BullMqScheduler(resolved, context);
}
