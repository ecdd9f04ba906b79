import { SmsProProtocolError, SmsProTransportError } from '../errors/sms-pro.errors.js';
import type { GatewayClient } from '../gateway/gateway-client.js';
import type { SendPacketAnswer, SendPacketRequest } from '../gateway/message.codec.js';
import type { GatewayReport } from '../gateway/dr.codec.js';

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

/** What is known after one question to `/api/dr`. */
export type ProbeOutcome =
  | { readonly kind: 'found'; readonly reports: readonly GatewayReport[] }
  | { readonly kind: 'not-found' }
  /** Neither found nor not found. */
  | { readonly kind: 'unclear'; readonly cause: string; readonly gatewayStatus: string | null };

/** POSTs one packet and says what is known of it. Throws only what is no outcome of a request. */
export async function post(
  client: Pick<GatewayClient, 'sendPacket'>,
  request: SendPacketRequest,
  signal: AbortSignal,
): Promise<PostOutcome> {
  try {
    return { kind: 'answer', answer: await client.sendPacket(request, { signal }) };
  } catch (error) {
    if (error instanceof SmsProProtocolError) {
      return { kind: 'unknown', cause: 'unreadable-answer', httpStatus: 200, timedOut: false };
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

/** Asks for a packet and says what is known of it. Throws only what is no outcome of a request. */
export async function probe(client: Pick<GatewayClient, 'getReports'>, packetId: string): Promise<ProbeOutcome> {
  try {
    const answer = await client.getReports(packetId);
    if (answer.status === '0' && answer.reports.length > 0) return { kind: 'found', reports: answer.reports };
    if (answer.status === '4') return { kind: 'not-found' };
    return { kind: 'unclear', cause: `status-${answer.status}`, gatewayStatus: answer.status };
  } catch (error) {
    if (error instanceof SmsProProtocolError)
      return { kind: 'unclear', cause: 'unreadable-answer', gatewayStatus: null };
    if (error instanceof SmsProTransportError) return { kind: 'unclear', cause: error.fault, gatewayStatus: null };
    throw error;
  }
}
