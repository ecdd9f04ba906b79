import { createHash, createHmac } from 'node:crypto';
import type { SmsProIssue } from '../errors/sms-pro.errors.js';
import type { CheckedRequest } from './check-request.js';

/** The fault of a request whose key was used before for another request. */
export const KEY_CONFLICT: SmsProIssue = {
  path: 'idempotencyKey',
  message:
    'was used before for another request (phones, text, sender, sendAt, validUntil or test differ): give every message a key of its own',
};

/**
 * What must be equal in two requests under one key: the set of phones, sender, times and test. The text is compared
 * separately, since a sensitive one is erased.
 */
export function requestFingerprint(
  { phones, sender, sendAt, validUntil, test }: CheckedRequest,
  sendAtGiven: Date | undefined,
): string {
  const parts = [[...phones].toSorted(), sender, sendAtGiven?.getTime() ?? sendAt, validUntil, test];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** What is stored of an earlier request under the same key. */
export interface EarlierRequest {
  readonly fingerprint: string;
  /** `null` if it was erased. */
  readonly text: string | null;
  readonly textDigest: string | null;
}

/** Whether a request is the same as the earlier one under its key. */
export function isSameRequest(
  earlier: EarlierRequest,
  request: { readonly fingerprint: string; readonly text: string },
  digestKey: string,
): boolean {
  const isSameText =
    earlier.text === null ? earlier.textDigest === textDigest(request.text, digestKey) : earlier.text === request.text;
  return isSameText && earlier.fingerprint === request.fingerprint;
}

/**
 * The digest by which an erased text is compared. The key is not in the database, so that a short code cannot be found
 * from its digest by trying all codes.
 */
export function textDigest(text: string, key: string): string {
  return createHmac('sha256', key).update(text).digest('hex');
}
