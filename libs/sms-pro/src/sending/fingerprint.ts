import { createHash, createHmac } from 'node:crypto';
import type { CheckedRequest } from './check-request.js';

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

/** What an erased text is compared by. The key is outside the database, so that a short code cannot be guessed from it. */
export function textDigest(text: string, key: string): string {
  return createHmac('sha256', key).update(text).digest('hex');
}
