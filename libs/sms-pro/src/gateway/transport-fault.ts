import type { TransportFault } from '../errors/sms-pro.errors.js';

/** The words for each fault in an error message. The subject is the gateway. */
export const FAULT_WORDS: Readonly<Record<TransportFault, string>> = {
  dns: 'its host name was not found',
  refused: 'it refused the connection',
  'connect-timeout': 'the connection was not made in time',
  tls: 'the TLS handshake failed or its certificate was not accepted',
  unreachable: 'it cannot be reached from this network',
  timeout: 'it did not answer in time',
  reset: 'the connection was lost',
  aborted: 'the call was aborted',
  'http-status': 'it answered with an HTTP error',
  'too-large': 'its answer was too long',
  other: 'the request failed',
};

const FAULT_OF_CODE: ReadonlyMap<string, TransportFault> = new Map<string, TransportFault>([
  ['ENOTFOUND', 'dns'],
  ['EAI_AGAIN', 'dns'],
  ['EAI_FAIL', 'dns'],
  ['EAI_NODATA', 'dns'],
  ['EAI_NONAME', 'dns'],
  ['ECONNREFUSED', 'refused'],
  ['EHOSTUNREACH', 'unreachable'],
  ['ENETUNREACH', 'unreachable'],
  ['EHOSTDOWN', 'unreachable'],
  ['ENETDOWN', 'unreachable'],
  ['EADDRNOTAVAIL', 'unreachable'],
  ['ECONNRESET', 'reset'],
  ['ECONNABORTED', 'reset'],
  ['EPIPE', 'reset'],
  ['EPROTO', 'tls'],
  ['CRL_HAS_EXPIRED', 'tls'],
  ['HOSTNAME_MISMATCH', 'tls'],
  ['INVALID_CA', 'tls'],
  ['INVALID_PURPOSE', 'tls'],
  ['PATH_LENGTH_EXCEEDED', 'tls'],
]);

/** Error codes of OpenSSL and Node for certificates and handshakes. */
const TLS_CODE = /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_|ERR_OSSL_)/;

/**
 * Names the fault behind an error of the HTTP client. The system's error code is on the error or on its cause, depending on
 * the fault.
 *
 * Does not tell whether the request was sent: see `RequestTrace`.
 */
export function transportFault(error: unknown): TransportFault {
  for (const link of [error, property(error, 'cause')]) {
    const fault = faultOfOne(link);
    if (fault !== undefined) {
      return fault;
    }
  }
  return 'other';
}

function faultOfOne(error: unknown): TransportFault | undefined {
  const code = String(property(error, 'code'));
  if (code === 'ETIMEDOUT') {
    return property(error, 'syscall') === 'connect' ? 'connect-timeout' : 'timeout';
  }
  if (code === 'ERR_BAD_RESPONSE') {
    // The client has one code for both; only the message differs.
    return String(property(error, 'message')).startsWith('maxContentLength') ? 'too-large' : 'reset';
  }
  return FAULT_OF_CODE.get(code) ?? (TLS_CODE.test(code) ? 'tls' : undefined);
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
