import { describe, expect, it } from '@jest/globals';
import { SmsProInputError } from '../errors/sms-pro.errors.js';
import { BulkSender } from './bulk-sender.js';
import type { SendSmsRequest } from './send-sms.request.js';

describe('arguments of sendBulk', () => {
  const { send } = BulkSender.prototype;
  const faults = async (requests: unknown, options: unknown = {}) => {
    try {
      await send.call(Object.create(BulkSender.prototype), requests as SendSmsRequest[], options as object);
    } catch (error) {
      if (error instanceof SmsProInputError) return error.message;
      throw error;
    }
    return '';
  };

  it.each([
    ['a string', '996555000001,Hello', /requests is a string: give an array/],
    ['one request', { to: '996555000001', text: 'Hello' }, /is one request: use send\(\)/],
    ['nothing', undefined, /is missing: give an array/],
    ['bytes', Buffer.from('phone,text'), /is bytes: parse them/],
    ['an object', { rows: [] }, /is not iterable: give an array/],
  ])('that are %s are refused with the remedy', async (_what, requests, words) => {
    expect(await faults(requests)).toMatch(words);
  });

  it('that are no options are refused by name', async () => {
    const options = { idempotencyKey: '', signal: {}, onProgress: 1, onInvalid: 'ignore', concurrency: 4 };
    const message = await faults([], options);
    expect(message).toMatch(/5 faults/);
    for (const name of Object.keys(options)) expect(message).toContain(name);
  });
});
