import { describe, expect, it } from '@jest/globals';
import { SmsProGatewayError, SmsProProtocolError, SmsProTransportError } from '../errors/sms-pro.errors.js';
import type { PhoneReport } from '../message/incoming-report.js';
import type { ReportsAnswer } from './dr.codec.js';
import { queryReports } from './report-query.js';
import { statusMeaning } from './status/status-tables.js';

const PACKET = 'a00000000001';

const reportOf = (phone: string): PhoneReport => ({
  phone,
  code: '3',
  sendTime: '20260110120000',
  rcvTime: '20260110120005',
  sentAt: 1_768_024_800_000,
  deliveredAt: 1_768_024_805_000,
});

/** A client that gets this answer, or this error. */
const clientWith = (answer: Partial<ReportsAnswer> | Error) => {
  const asked: string[] = [];
  const getReports = async (packetId: string): Promise<ReportsAnswer> => {
    asked.push(packetId);
    if (answer instanceof Error) throw answer;
    return { status: '0', reports: [], unreadable: 0, ...answer };
  };
  return { asked, getReports };
};

describe('a query for the reports of a packet', () => {
  it('found: each report under the id that was asked for', async () => {
    const [one, two] = [reportOf('996555000001'), reportOf('996555000002')];
    const client = clientWith({ reports: [one, two], unreadable: 1 });
    expect(await queryReports(client, PACKET)).toEqual({
      kind: 'found',
      reports: [
        { ...one, packetId: PACKET },
        { ...two, packetId: PACKET },
      ],
    });
    expect(client.asked).toEqual([PACKET]);
  });

  it.each([0, 2])('empty: a success with no report, and %i that could not be read', async (unreadable) => {
    expect(await queryReports(clientWith({ unreadable }), PACKET)).toEqual({ kind: 'empty' });
  });

  it('not found is no refusal', async () => {
    expect(await queryReports(clientWith({ status: '4' }), PACKET)).toEqual({ kind: 'not-found' });
  });

  it.each([
    ['2', false],
    ['3', false],
    ['5', true],
    ['77', true],
  ])('refused with %s: the error says what to do, and whether it may pass (%s)', async (status, retryable) => {
    const result = await queryReports(clientWith({ status, reports: [reportOf('996555000001')] }), PACKET);
    if (result.kind !== 'refused') throw new Error(`It was ${result.kind}.`);
    expect(result.error).toBeInstanceOf(SmsProGatewayError);
    expect(result.error).toMatchObject({ call: 'dr', status, retryable, hint: statusMeaning('dr', status).hint });
  });

  it.each([
    ['an answer that could not be read', new SmsProProtocolError('dr', 'it is a page')],
    ['an answer that was lost', new SmsProTransportError('dr', 'No answer.', { outcome: 'unknown', fault: 'timeout' })],
    [
      'a request that was not sent',
      new SmsProTransportError('dr', 'Refused.', { outcome: 'not-sent', fault: 'refused' }),
    ],
  ])('failed: %s is handed on as it is', async (_what, error) => {
    const result = await queryReports(clientWith(error), PACKET);
    if (result.kind !== 'failed') throw new Error(`It was ${result.kind}.`);
    expect(result.error).toBe(error);
  });

  it.each([
    ['a fault of the program', new TypeError('reports is not iterable')],
    ['a refusal that the client itself threw', new SmsProGatewayError('dr', '2', 'Check the login.', false)],
  ])('throws what is no outcome of a request: %s', async (_what, error) => {
    await expect(queryReports(clientWith(error), PACKET)).rejects.toBe(error);
  });
});
