import { createHash, createHmac } from 'node:crypto';
import type { SmsProIssue } from '../errors/sms-pro.errors.js';
import type { CheckedRequest } from './check-request.js';

/** What is said of a request whose key stands for another one. */
export const KEY_CONFLICT: SmsProIssue = {
  path: 'idempotencyKey',
  message:
    'was used before for another request (phones, text, sender, sendAt, validUntil or test differ): give every message a key of its own',
};

/**
 * What makes two requests under one key the same: the phones as a set, sender, times and test. The text is
 * compared beside it, since a sensitive one is erased.
 */
export function requestFingerprint(
  { phones, sender, sendAt, validUntil, test }: CheckedRequest,
  sendAtGiven: Date | undefined,
): string {
  const parts = [[...phones].toSorted(), sender, sendAtGiven?.getTime() ?? sendAt, validUntil, test];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** What is kept of an earlier request under the same key. */
export interface EarlierRequest {
  readonly fingerprint: string;
  /** `null` where it was erased. */
  readonly text: string | null;
  readonly textDigest: string | null;
}

/** Whether a request is the one that its key stood for before. */
export function isSameRequest(
  earlier: EarlierRequest,
  request: { readonly fingerprint: string; readonly text: string },
  digestKey: string,
): boolean {
  const isSameText =
    earlier.text === null ? earlier.textDigest === textDigest(request.text, digestKey) : earlier.text === request.text;
  return isSameText && earlier.fingerprint === request.fingerprint;
}

/** What an erased text is compared by. The key is outside the database, so that a short code cannot be guessed from it. */
export function textDigest(text: string, key: string): string {
  return createHmac('sha256', key).update(text).digest('hex');
}
