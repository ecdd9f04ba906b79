import type { EntityManager } from 'typeorm';
import { SmsProInvariantError } from '../../errors/sms-pro.errors.js';
import type { RecipientStatus } from '../../message/recipient-status.js';
import { Batching } from '../database/batching.js';
import { keyDigest, takeKey } from './idempotency-rows.js';
import { insertNewMessages, recipientsOf, type NewMessage } from './new-message.js';
import { storedStatus } from '../packets/stored-status.js';
import { dateOrNull, flag, int, intOrNull, oneOf, text, textOrNull } from '../database/row-reader.js';
import type { SmsProDatabase } from '../database/sms-pro.database.js';
import type { SqlRow, SqlSession } from '../database/sql-session.js';
import { OPEN_STATES } from '../packets/open-rows.js';

/** An earlier request under the same key, as it is stored. */
export interface StoredRequest {
  readonly messageId: string;
  readonly fingerprint: string;
  readonly text: string | null;
  readonly textDigest: string | null;
  readonly encoding: 'gsm7' | 'ucs2';
  readonly segments: number;
  readonly recipients: number;
  readonly packetIds: readonly string[];
}

/** One recipient, as it is stored. */
export interface StoredRecipient {
  readonly phone: string;
  readonly packetId: string;
  readonly status: RecipientStatus;
  readonly reason: string | null;
  readonly segments: number;
  readonly sentAt: Date | null;
  readonly deliveredAt: Date | null;
}

/** One message, as it is stored. */
export interface StoredMessage {
  readonly messageId: string;
  readonly reference: string | null;
  readonly metadata: string | null;
  readonly test: boolean;
  readonly createdAt: Date;
  readonly completedAt: Date | null;
  readonly recipients: readonly StoredRecipient[];
}

/** Recipients of all messages that share a transaction, at most. */
const MAX_SHARED_RECIPIENTS = 200;

/** Such transactions at a time, at most. */
const CREATIONS_AT_ONCE = 4;

/** Messages: stores each whole before anything is sent, and reads its status. */
export class MessageStore {
  private readonly creations: Batching<NewMessage, null>;

  constructor(private readonly database: SmsProDatabase) {
    this.creations = new Batching((messages) => this.createTogether(messages), {
      atOnce: CREATIONS_AT_ONCE,
      maxWeight: MAX_SHARED_RECIPIENTS,
      weightOf: ({ packets }) => recipientsOf(packets),
    });
  }

  /**
   * Writes message, packets and recipients in one transaction, or returns the earlier request if the key is taken.
   * Messages without a key that come at the same time share a transaction.
   */
  async create(message: NewMessage): Promise<StoredRequest | null> {
    if (message.idempotency === null) return this.creations.add(message);
    return this.database.transaction((unit) => this.createIn(unit, message));
  }

  /**
   * As `create`, inside the caller's transaction.
   * @throws SmsProInputError for a manager that belongs to another DataSource, or is in no transaction
   */
  async createInCallers(
    manager: EntityManager,
    message: NewMessage,
    afterCommit: () => void,
  ): Promise<StoredRequest | null> {
    return this.database.inCallersTransaction(manager, (session) => this.createIn(session, message), afterCommit);
  }

  /** One message of this account with all its recipients, or `null`. */
  async find(messageId: string): Promise<StoredMessage | null> {
    return this.database.read(async (session) => {
      const row = await this.head(session, messageId);
      if (row === null) return null;
      const recipients = await session.all(
        `SELECT r.phone, r.packet_id, r.status, r.sent_at, r.delivered_at, p.state,
           COALESCE(r.reason, CASE WHEN r.status IS NULL THEN p.reason END) AS reason,
           COALESCE(p.smscnt, p.segments) AS segments
         FROM sms_pro_recipient r JOIN sms_pro_packet p ON p.packet_id = r.packet_id
         WHERE r.message_id = ? ORDER BY r.position`,
        [messageId],
      );
      return {
        messageId,
        reference: textOrNull(row, 'reference'),
        metadata: textOrNull(row, 'metadata'),
        test: flag(row, 'test'),
        createdAt: new Date(int(row, 'created_at')),
        completedAt: dateOrNull(row, 'completed_at'),
        recipients: recipients.map(storedRecipient),
      };
    });
  }

  /**
   * Whether no recipient is queued any more (`accepted`), or every one has a final status (`final`; in a test,
   * `accepted` counts as final). `null` if this account has no such message.
   */
  async hasReached(messageId: string, until: 'accepted' | 'final'): Promise<boolean | null> {
    return this.database.read(async (session) => {
      const row = await this.head(session, messageId);
      if (row === null) return null;
      if (until === 'final' || row['completed_at'] !== null) return row['completed_at'] !== null;
      // From the end: packets are sent in order, so while many are still queued the last one shows it at once.
      const waiting = await session.first(
        `SELECT r.phone FROM sms_pro_recipient r JOIN sms_pro_packet p ON p.packet_id = r.packet_id
         WHERE r.message_id = ? AND r.status IS NULL AND p.state IN (${OPEN_STATES})
         ORDER BY r.position DESC LIMIT 1`,
        [messageId],
      );
      return waiting === null;
    });
  }

  private async createIn(session: SqlSession, message: NewMessage): Promise<StoredRequest | null> {
    const { idempotency, messageId, createdAt } = message;
    if (idempotency !== null) {
      const key = { ...idempotency, targetId: messageId, createdAt };
      if (!(await takeKey(session, this.database.account, 'message', key))) {
        return this.storedUnder(session, idempotency.key);
      }
    }
    await insertNewMessages(session, this.database.account, [message]);
    return null;
  }

  private async createTogether(messages: readonly NewMessage[]): Promise<null[]> {
    await this.database.transaction((unit) => unit.atEnd(() => insertNewMessages(unit, unit.account, messages)));
    return messages.map(() => null);
  }

  private async head(session: SqlSession, messageId: string): Promise<SqlRow | null> {
    return session.first(
      `SELECT reference, metadata, test, created_at, completed_at FROM sms_pro_message
       WHERE message_id = ? AND account = ?`,
      [messageId, this.database.account],
    );
  }

  private async storedUnder(session: SqlSession, key: string): Promise<StoredRequest> {
    const row = await session.first(
      `SELECT m.message_id, i.fingerprint, m.text, m.text_digest, m.encoding, m.segments, m.recipients
       FROM sms_pro_idempotency i JOIN sms_pro_message m ON m.message_id = i.target_id
       WHERE i.account = ? AND i.scope = 'message' AND i.idempotency_key = ? ${session.dialect.lockingRead}`,
      [this.database.account, keyDigest(key)],
    );
    if (row === null) throw new SmsProInvariantError('An idempotency key belongs to a message that no longer exists.');
    const messageId = text(row, 'message_id');
    const recipients = await session.all(
      `SELECT root_packet_id AS packet_id FROM sms_pro_recipient WHERE message_id = ? ORDER BY position ${session.dialect.lockingRead}`,
      [messageId],
    );
    return {
      messageId,
      fingerprint: text(row, 'fingerprint'),
      text: textOrNull(row, 'text'),
      textDigest: textOrNull(row, 'text_digest'),
      encoding: oneOf(row, 'encoding', ['gsm7', 'ucs2'] as const),
      segments: int(row, 'segments'),
      recipients: int(row, 'recipients'),
      packetIds: [...new Set(recipients.map((recipient) => text(recipient, 'packet_id')))],
    };
  }
}

function storedRecipient(row: SqlRow): StoredRecipient {
  return {
    phone: text(row, 'phone'),
    packetId: text(row, 'packet_id'),
    status: storedStatus(row, 'status'),
    reason: textOrNull(row, 'reason'),
    segments: intOrNull(row, 'segments') ?? 0,
    sentAt: dateOrNull(row, 'sent_at'),
    deliveredAt: dateOrNull(row, 'delivered_at'),
  };
}
