import { SmsProConfigError } from '../errors/sms-pro.errors.js';

/** The package as it is installed. */
export type BullMq = typeof import('bullmq');

const MISSING: ReadonlySet<unknown> = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']);

/**
 * Loads the optional peer when it is needed.
 * @throws SmsProConfigError where it is not installed
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
