import type { TransportFault } from '../errors/sms-pro.errors.js';

/** How each fault is said to the user. */
export const FAULT_WORDS: Readonly<Record<TransportFault, string>> = {
  dns: 'its name could not be looked up',
  refused: 'it refused the connection',
  'connect-timeout': 'no connection came about in time',
  tls: 'its TLS certificate or handshake was not accepted',
  unreachable: 'there is no way to it from this network',
  timeout: 'it did not answer in time',
  reset: 'the connection was lost',
  aborted: 'the call was aborted',
  'http-status': 'it answered with an HTTP error',
  'too-large': 'its answer was too long',
  other: 'the exchange failed',
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

/** OpenSSL's and Node's names of certificate and handshake faults. */
const TLS_CODE = /^(?:CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_|ERR_OSSL_)/;

/**
 * Names what went wrong from the error the HTTP client threw, or from its cause: which of the two carries the system's
 * code changes from one fault to the next.
 *
 * Whether the request left is not judged here, see `RequestTrace`.
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
    // The client has one code for both; only its words tell them apart.
    return String(property(error, 'message')).startsWith('maxContentLength') ? 'too-large' : 'reset';
  }
  return FAULT_OF_CODE.get(code) ?? (TLS_CODE.test(code) ? 'tls' : undefined);
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
