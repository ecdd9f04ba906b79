import { SmsProError } from '../errors/sms-pro.errors.js';

/** The error for an id that this account does not have. The id is cut, since it may be anything that a caller passed. */
export function notFound(what: 'message' | 'campaign', id: string): SmsProError {
  return new SmsProError(`This account has no ${what} "${id.slice(0, 36)}".`, { code: 'NOT_FOUND', retryable: false });
}
