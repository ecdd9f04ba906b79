import { SmsProTransportError, type SmsProGatewayCall, type TransportFault } from '../errors/sms-pro.errors.js';
import type { RequestTrace } from './request-trace.js';
import { FAULT_WORDS } from './transport-fault.js';

/** The call that failed, and the host of the gateway, for the message. */
export interface FailedCall {
  readonly call: SmsProGatewayCall;
  readonly host: string;
}

/** The error for an answer with an HTTP status other than 2xx. */
export function httpStatusError({ call, host }: FailedCall, status: number): SmsProTransportError {
  const outcome = isRefusal(status) ? 'not-sent' : 'unknown';
  const message = `The gateway at ${host} answered /api/${call} with HTTP ${status}`;
  return new SmsProTransportError(call, message, { outcome, fault: 'http-status', httpStatus: status });
}

/**
 * The error for a request without a complete answer. Made from the trace and the fault only: the HTTP client's own error
 * holds the request body with the password.
 */
export function lostAnswerError(
  failed: FailedCall,
  { httpStatus, mayHaveLeft }: Pick<RequestTrace, 'httpStatus' | 'mayHaveLeft'>,
  fault: TransportFault,
): SmsProTransportError {
  if (httpStatus !== undefined && isRefusal(httpStatus)) return httpStatusError(failed, httpStatus);
  const { call, host } = failed;
  const known = mayHaveLeft ? 'it may have been processed' : 'nothing was sent';
  const message = `The gateway at ${host} gave no answer to /api/${call}: ${FAULT_WORDS[fault]}; ${known}`;
  return new SmsProTransportError(call, message, { outcome: mayHaveLeft ? 'unknown' : 'not-sent', fault, httpStatus });
}

/** A redirect or a 4xx was not processed, which its head alone proves. 408 and 5xx may have been processed. */
function isRefusal(status: number): boolean {
  return status >= 300 && status <= 499 && status !== 408;
}
