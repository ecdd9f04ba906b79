import { SmsProProtocolError, SmsProTransportError } from '../errors/sms-pro.errors.js';
import type { GatewayClient } from '../gateway/gateway-client.js';
import type { SendPacketAnswer, SendPacketRequest } from '../gateway/message.codec.js';
import { queryReports } from '../gateway/report-query.js';
import type { IncomingReport } from '../message/incoming-report.js';

/** What is known after one POST to `/api/message`. */
export type PostOutcome =
  | { readonly kind: 'answer'; readonly answer: SendPacketAnswer }
  /** The gateway certainly did not process it. */
  | { readonly kind: 'not-sent'; readonly cause: string; readonly httpStatus: number | null }
  /** It may have been taken. */
  | {
      readonly kind: 'unknown';
      readonly cause: string;
      readonly httpStatus: number | null;
      readonly timedOut: boolean;
    };

/** What is known after one probe of `/api/dr`. */
export type ProbeOutcome =
  | { readonly kind: 'found'; readonly reports: readonly IncomingReport[] }
  | { readonly kind: 'not-found' }
  /** Neither found nor not found. */
  | { readonly kind: 'unclear'; readonly cause: string; readonly gatewayStatus: string | null };

/** The cause if the answer could not be read. */
const UNREADABLE = 'unreadable-answer';

/** POSTs one packet. Every outcome of the request is returned; only other errors are thrown. */
export async function post(
  client: Pick<GatewayClient, 'sendPacket'>,
  request: SendPacketRequest,
  signal: AbortSignal,
): Promise<PostOutcome> {
  try {
    return { kind: 'answer', answer: await client.sendPacket(request, { signal }) };
  } catch (error) {
    if (error instanceof SmsProProtocolError) {
      return { kind: 'unknown', cause: UNREADABLE, httpStatus: 200, timedOut: false };
    }
    if (!(error instanceof SmsProTransportError)) throw error;
    const httpStatus = error.httpStatus ?? null;
    if (error.outcome === 'not-sent') return { kind: 'not-sent', cause: error.fault, httpStatus };
    return {
      kind: 'unknown',
      cause: httpStatus === null ? error.fault : `http-${httpStatus}`,
      httpStatus,
      timedOut: error.fault === 'timeout' || error.fault === 'aborted',
    };
  }
}

/** Queries the reports of a packet. Every outcome of the request is returned; only other errors are thrown. */
export async function probe(client: Pick<GatewayClient, 'getReports'>, packetId: string): Promise<ProbeOutcome> {
  const result = await queryReports(client, packetId);
  switch (result.kind) {
    case 'found':
    case 'not-found':
      return result;
    case 'empty':
      return { kind: 'unclear', cause: 'status-0', gatewayStatus: '0' };
    case 'refused':
      return { kind: 'unclear', cause: `status-${result.error.status}`, gatewayStatus: result.error.status };
    case 'failed': {
      const { error } = result;
      const cause = error instanceof SmsProTransportError ? error.fault : UNREADABLE;
      return { kind: 'unclear', cause, gatewayStatus: null };
    }
  }
}
