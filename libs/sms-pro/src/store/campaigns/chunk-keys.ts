import type { SmsProIssue } from '../../errors/sms-pro.errors.js';
import { keyDigest, takeFreeKeys } from '../messages/idempotency-rows.js';
import type { MessageContent } from '../messages/message-rows.js';
import { text, textOrNull } from '../database/row-reader.js';
import { marks } from '../dialects/sql-statement.js';
import type { UnitOfWork } from '../database/unit-of-work.js';

/** One request of a campaign, before it is stored. */
export interface ChunkMessage extends MessageContent {
  /** Its place in the source, from 0. */
  readonly index: number;
  readonly phones: readonly string[];
  readonly idempotency: { readonly key: string; readonly fingerprint: string } | null;
}

/** What a request is compared with when its key was used before. */
export interface EarlierMessage {
  readonly fingerprint: string;
  /** `null` if it was erased. */
  readonly text: string | null;
  readonly textDigest: string | null;
}

/** How a chunk treats the keys of its requests. */
export interface KeyRules {
  /** Whether a request is the same as the earlier one under its key. */
  isSame(message: ChunkMessage, earlier: EarlierMessage): boolean;
  /** The faults of a request that is not. */
  readonly conflict: readonly SmsProIssue[];
  /** Whether one such request rolls the chunk back. */
  readonly stopAtConflict: boolean;
}

/** Keys in one IN list, at most. */
const MAX_KEYS = 500;

/** The messages that are new, and the indexes of those whose key was used before for another request. */
export async function withoutKnown(
  unit: UnitOfWork,
  messages: readonly ChunkMessage[],
  rules: KeyRules,
): Promise<{ fresh: readonly ChunkMessage[]; conflicting: number[] }> {
  const firstOfKey = new Map<string, ChunkMessage>();
  for (const message of messages) {
    const key = message.idempotency?.key;
    if (key !== undefined && !firstOfKey.has(key)) firstOfKey.set(key, message);
  }
  if (firstOfKey.size === 0) return { fresh: messages, conflicting: [] };
  const earlier = await takeKeys(unit, [...firstOfKey.values()]);
  const fresh: ChunkMessage[] = [];
  const conflicting: number[] = [];
  for (const message of messages) {
    const { idempotency } = message;
    const first = idempotency === null ? message : firstOfKey.get(idempotency.key);
    const before = earlier.get(message.idempotency?.key ?? '') ?? (first === message ? null : asEarlier(first));
    if (before === null) fresh.push(message);
    else if (!rules.isSame(message, before)) conflicting.push(message.index);
  }
  return { fresh, conflicting };
}

/** Takes the keys of these messages. Returns those that were taken before, with their earlier messages. */
async function takeKeys(unit: UnitOfWork, messages: readonly ChunkMessage[]): Promise<Map<string, EarlierMessage>> {
  const byDigest = new Map<string, { readonly key: string; readonly messageId: string }>();
  const keys = messages.flatMap(({ messageId, createdAt, idempotency }) => {
    if (idempotency === null) return [];
    byDigest.set(keyDigest(idempotency.key), { key: idempotency.key, messageId });
    return [{ ...idempotency, targetId: messageId, createdAt }];
  });
  await takeFreeKeys(unit, unit.account, 'message', keys);
  const digests = [...byDigest.keys()];
  const earlier = new Map<string, EarlierMessage>();
  for (let at = 0; at < digests.length; at += MAX_KEYS) {
    const part = digests.slice(at, at + MAX_KEYS);
    const rows = await unit.all(
      `SELECT i.idempotency_key, i.target_id, i.fingerprint, m.text, m.text_digest
         FROM sms_pro_idempotency i LEFT JOIN sms_pro_message m ON m.message_id = i.target_id
         WHERE i.account = ? AND i.scope = 'message' AND i.idempotency_key IN (${marks(part.length)})`,
      [unit.account, ...part],
    );
    for (const row of rows) {
      const own = byDigest.get(text(row, 'idempotency_key'));
      if (own === undefined || text(row, 'target_id') === own.messageId) continue;
      earlier.set(own.key, {
        fingerprint: text(row, 'fingerprint'),
        text: textOrNull(row, 'text'),
        textDigest: textOrNull(row, 'text_digest'),
      });
    }
  }
  return earlier;
}

function asEarlier(message: ChunkMessage | undefined): EarlierMessage | null {
  if (message === undefined) return null;
  return {
    fingerprint: message.idempotency?.fingerprint ?? '',
    text: message.text,
    textDigest: message.textDigest,
  };
}
