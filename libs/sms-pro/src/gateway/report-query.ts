import { SmsProGatewayError, SmsProProtocolError, SmsProTransportError } from '../errors/sms-pro.errors.js';
import type { IncomingReport } from '../message/incoming-report.js';
import type { GatewayClient } from './gateway-client.js';
import { NOT_FOUND_STATUS } from './status/dr-status.js';
import { statusMeaning } from './status/status-tables.js';

/** The result of one query of `/api/dr` for a packet. */
export type ReportQueryResult =
  /** At least one report. */
  | { readonly kind: 'found'; readonly reports: readonly IncomingReport[] }
  /** Status 0, and no report that could be read. */
  | { readonly kind: 'empty' }
  /** The gateway does not know the id, or does not know it yet. */
  | { readonly kind: 'not-found' }
  /** The gateway refused the query. */
  | { readonly kind: 'refused'; readonly error: SmsProGatewayError }
  /** There was no answer, or it could not be read. */
  | { readonly kind: 'failed'; readonly error: SmsProProtocolError | SmsProTransportError };

/** Queries the gateway for the reports of one packet. Failed requests are results; only other errors are thrown. */
export async function queryReports(
  client: Pick<GatewayClient, 'getReports'>,
  packetId: string,
): Promise<ReportQueryResult> {
  try {
    const { status, reports } = await client.getReports(packetId);
    if (status === NOT_FOUND_STATUS) return { kind: 'not-found' };
    if (status !== '0') {
      const { hint, retryable } = statusMeaning('dr', status);
      return { kind: 'refused', error: new SmsProGatewayError('dr', status, hint, retryable) };
    }
    if (reports.length === 0) return { kind: 'empty' };
    return { kind: 'found', reports: reports.map((report) => ({ ...report, packetId })) };
  } catch (error) {
    if (error instanceof SmsProProtocolError || error instanceof SmsProTransportError) return { kind: 'failed', error };
    throw error;
  }
}
