import { describe, expect, it } from '@jest/globals';
import { SmsProConfigError } from '../errors/sms-pro.errors.js';
import { resolveBullMqOptions, type BullMqSchedulerOptions } from './bullmq-scheduler.options.js';
import { bullMqScheduler } from './index.js';
import { loadBullMq } from './load-bullmq.js';
import { redisErrorText } from './redis-error-text.js';

const connection = { host: 'redis' };

function faultsOf(options: unknown): readonly string[] {
  try {
    bullMqScheduler(options as BullMqSchedulerOptions);
    return [];
  } catch (error) {
    if (!(error instanceof SmsProConfigError)) throw error;
    return error.issues.map(({ path, message }) => `${path} ${message}`.trim());
  }
}

describe('the options', () => {
  it('have defaults', () => {
    expect(resolveBullMqOptions({ connection, maxInFlight: undefined })).toEqual({
      connection,
      maxInFlight: 16,
      whenRedisIsDown: 'database-loop',
      queuePrefix: '{sms-pro}',
    });
  });

  it('are refused with a sentence for every fault', () => {
    expect(faultsOf(undefined)).toEqual(['bullMqScheduler got no options: give at least { connection }.']);
    expect(faultsOf({ maxInFlight: 0, whenRedisIsDown: 'panic', queuePrefix: '', ceiling: 3 })).toEqual([
      'scheduler.ceiling is not an option of bullMqScheduler',
      "scheduler.connection is missing: give Redis as BullMQ takes it, such as { host: 'redis' }",
      'scheduler.maxInFlight must be a whole number from 1 to 1000',
      "scheduler.whenRedisIsDown must be 'database-loop' or 'wait'",
      'scheduler.queuePrefix must be a string that is not empty',
    ]);
    expect(faultsOf({ connection: { keyPrefix: 'mine:' } })).toEqual([
      'scheduler.connection.keyPrefix cannot be used with BullMQ: give queuePrefix instead',
    ]);
  });

  it.each([1.5, 1_001, Number.NaN, '8'])('take no ceiling of %p', (maxInFlight) => {
    expect(faultsOf({ connection, maxInFlight })).toHaveLength(1);
  });
});

describe('BullMQ that is not installed', () => {
  const failing = (code: string) => async () => {
    throw Object.assign(new Error('Cannot find package'), { code });
  };

  it('names the command that installs it', async () => {
    await expect(loadBullMq(failing('ERR_MODULE_NOT_FOUND'))).rejects.toThrow(
      'bullMqScheduler needs BullMQ: run npm install bullmq@6 ioredis@5.',
    );
    await expect(loadBullMq(failing('ERR_MODULE_NOT_FOUND'))).rejects.toBeInstanceOf(SmsProConfigError);
  });

  it('is another thing than BullMQ that fails', async () => {
    await expect(loadBullMq(failing('ERR_REQUIRE_ESM'))).rejects.not.toBeInstanceOf(SmsProConfigError);
  });
});

describe('an error of Redis', () => {
  it('is logged without its data', () => {
    const error = Object.assign(new Error('WRONGPASS invalid username-password pair for s3cret'), {
      name: 'ReplyError',
      command: { name: 'auth', args: ['s3cret'] },
    });
    expect(redisErrorText(error)).toBe('ReplyError WRONGPASS');
    expect(redisErrorText(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }))).toBe('Error ECONNREFUSED');
  });
});
