import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SmsProInputError, SmsProService } from 'nestjs-sms-pro';
import { TestHost } from './module.fixture.js';
import { LONG_MS } from './support/eventually.js';

let host: TestHost;

beforeEach(async () => {
  host = await TestHost.open();
});

afterEach(async () => {
  await host.close();
});

describe('a request that cannot be sent', () => {
  it('gets every fault in one error, and stores nothing', async () => {
    const app = await host.bootAccount();
    const sms = app.get(SmsProService);
    const request = {
      to: ['996555123456', '99655512345', 12],
      text: `${'x'.repeat(801)}`,
      sender: 'too long a sender',
      sendAt: new Date('nonsense'),
      validUntil: new Date(0),
      priority: 'urgent',
      metadata: { big: 'x'.repeat(9_000) },
      txt: 'typo',
    } as unknown as Parameters<SmsProService['send']>[0];
    const error = await sms.send(request).catch((caught: unknown) => caught);
    if (!(error instanceof SmsProInputError)) throw new Error('No input error.');
    expect(error.issues.map(({ path }) => path).toSorted()).toEqual([
      'metadata',
      'priority',
      'sendAt',
      'sender',
      'text',
      'to[1]',
      'to[2]',
      'txt',
      'validUntil',
    ]);
    expect(error.message).not.toContain('99655512345');
    expect(host.simulator.requests()).toEqual([]);
  });

  it.each([
    ['nothing', undefined],
    ['no phone', { text: 'Hello' }],
    ['an empty list', { to: [], text: 'Hello' }],
    ['an empty text', { to: '996555123456', text: ' ' }],
    ['a control character', { to: '996555123456', text: 'Hello\u0007' }],
    ['half an emoji', { to: '996555123456', text: 'Hello \ud83d' }],
  ])('%s is an input error', async (_what, request) => {
    const app = await host.bootAccount();
    await expect(app.get(SmsProService).send(request as never)).rejects.toThrow(SmsProInputError);
  });

  it('a key gives the first receipt back, and another request under it is refused', async () => {
    const app = await host.bootAccount();
    const sms = app.get(SmsProService);
    const request = { to: ['996555123456', '996555123457'], text: 'Code 1', idempotencyKey: 'k1', sensitive: true };
    const first = await sms.send(request);
    await sms.waitFor(first.messageId, 'accepted', { timeoutMs: LONG_MS });
    const again = await sms.send({ ...request, to: ['0555 123 457', '0555 123 456'] });
    expect(again).toEqual({ ...first, duplicate: true });
    await expect(sms.send({ ...request, text: 'Code 2' })).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    await expect(sms.send({ ...request, to: '996555123456' })).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    expect(host.simulator.ledger()).toHaveLength(2);
  });
});
