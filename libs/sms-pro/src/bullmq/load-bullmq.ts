import { SmsProConfigError } from '../errors/sms-pro.errors.js';

/** The installed package. */
export type BullMq = typeof import('bullmq');

const MISSING: ReadonlySet<unknown> = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']);

/**
 * Loads the optional peer dependency.
 * @throws SmsProConfigError if it is not installed
 */
export async function loadBullMq(load: () => Promise<BullMq> = () => import('bullmq')): Promise<BullMq> {
  try {
    return await load();
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && MISSING.has(cause.code);
    if (!isMissing) throw cause;
    throw new SmsProConfigError('bullMqScheduler needs BullMQ: run npm install bullmq@6 ioredis@5.', {
      cause,
      path: 'scheduler',
    });
  }
}
