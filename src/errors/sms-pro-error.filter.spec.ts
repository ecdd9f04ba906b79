import { describe, expect, it } from '@jest/globals';
import {
  SmsProConfigError,
  SmsProError,
  SmsProGatewayError,
  SmsProInputError,
  SmsProProtocolError,
  SmsProTransportError,
} from 'nestjs-sms-pro';
import type { ArgumentsHost } from '@nestjs/common';
import { HttpAdapterHost, type AbstractHttpAdapter } from '@nestjs/core';
import { SmsProErrorFilter } from './sms-pro-error.filter.js';

interface Reply {
  readonly body: unknown;
  readonly status: number;
}

/** What the filter replies to an error. */
function replyTo(error: SmsProError): Reply {
  const replies: Reply[] = [];
  const adapterHost = new HttpAdapterHost();
  adapterHost.httpAdapter = {
    reply: (_response: unknown, body: unknown, status: number) => replies.push({ body, status }),
  } as unknown as AbstractHttpAdapter;
  const filter = new SmsProErrorFilter(adapterHost);
  Object.assign(filter, { logger: { error: () => {} } });
  const answer = filter.catch.bind(filter);
  answer(error, { switchToHttp: () => ({ getResponse: () => ({}) }) } as unknown as ArgumentsHost);
  const [reply] = replies;
  if (reply === undefined) throw new Error('The filter has not replied.');
  return reply;
}

const ISSUES = [
  { path: 'to[0]', message: 'has 11 digits' },
  { path: 'text', message: 'is empty' },
];

describe('the error filter', () => {
  it('answers 400 with every fault of the request', () => {
    expect(replyTo(new SmsProInputError(ISSUES))).toMatchObject({
      status: 400,
      body: { statusCode: 400, issues: ISSUES },
    });
  });

  it('answers 409 when the key was used for another request', () => {
    expect(replyTo(new SmsProInputError(ISSUES, 'IDEMPOTENCY_CONFLICT')).status).toBe(409);
  });

  it.each(['2', '3', '4'])(
    'turns a gateway refusal with status %s into a 502 with the hint, never a 401 or 403',
    (code) => {
      const { status, body } = replyTo(new SmsProGatewayError('info', code, 'Look in the cabinet.', false));
      expect(status).toBe(502);
      expect(body).toMatchObject({ hint: 'Look in the cabinet.' });
    },
  );

  it('answers 503 when the gateway cannot be reached', () => {
    expect(
      replyTo(new SmsProTransportError('info', 'Connection refused.', { outcome: 'not-sent', fault: 'refused' }))
        .status,
    ).toBe(503);
  });

  it('answers 502 when the answer of the gateway cannot be read', () => {
    expect(replyTo(new SmsProProtocolError('info', 'no status')).status).toBe(502);
  });

  it('answers 404 when there is no such thing', () => {
    expect(replyTo(new SmsProError('There is none.', { code: 'NOT_FOUND', retryable: false })).status).toBe(404);
  });

  it.each([
    new SmsProError('disk /var/lib/sms is full', { code: 'STORE', retryable: true }),
    new SmsProConfigError('login is missing'),
  ])('answers 500 without internal details: %s', (error) => {
    const { status, body } = replyTo(error);
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain(error.message);
  });
});
