import { createHash } from 'node:crypto';
import type { SqlSession } from '../database/sql-session.js';

/** What a key belongs to: a message and a campaign may have the same key. */
export type KeyScope = 'message' | 'campaign';

/** A key, and the message or campaign that it belongs to. */
export interface NewKey {
  readonly key: string;
  readonly targetId: string;
  /** What another request under the key is compared with. */
  readonly fingerprint: string;
  readonly createdAt: number;
}

/** A key is stored as its digest, which has a fixed length and is compared by bytes in every database. */
export function keyDigest(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

const COLUMNS = ['account', 'scope', 'idempotency_key', 'target_id', 'fingerprint', 'created_at'] as const;

function rowOf(account: string, scope: KeyScope, { key, targetId, fingerprint, createdAt }: NewKey) {
  return [account, scope, keyDigest(key), targetId, fingerprint, createdAt] as const;
}

/** Takes a key; returns whether it was free. A key that is taken does not abort the transaction. */
export async function takeKey(session: SqlSession, account: string, scope: KeyScope, key: NewKey): Promise<boolean> {
  const values = rowOf(account, scope, key);
  return session.insertNew(
    'sms_pro_idempotency',
    Object.fromEntries(COLUMNS.map((column, at) => [column, values[at] ?? null])),
  );
}

/** Takes those keys that are free. What each key belongs to is read afterwards. */
export async function takeFreeKeys(
  session: SqlSession,
  account: string,
  scope: KeyScope,
  keys: readonly NewKey[],
): Promise<void> {
  // Always in the same order, so that two runs with the same keys cause no deadlock.
  const rows = keys.map((key) => rowOf(account, scope, key)).toSorted((a, b) => (a[2] < b[2] ? -1 : 1));
  await session.insertMissing('sms_pro_idempotency', COLUMNS, rows);
}
