import { createHash } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { PACKET_STATES, STATUS_OF_STATE } from '../message/packet-state.js';
import { RECIPIENT_STATUSES, type RecipientStatus, type StatusCounts } from '../message/recipient-status.js';
import { messageCounts } from './completion.js';
import { insertPackets } from './packet-rows.js';
import { dateOrNull, flag, int, intOrNull, oneOf, text, textOrNull } from './row-reader.js';
import type { SmsProDatabase } from './sms-pro.database.js';
import type { SqlRow, SqlSession } from './sql-session.js';

/** One packet of a new message. */
export interface NewPacket {
  readonly packetId: string;
  readonly phones: readonly string[];
}

/** A message as it is stored before anything is sent. */
export interface NewMessage {
  readonly messageId: string;
  readonly sender: string;
  readonly text: string;
  readonly textDigest: string | null;
  readonly sensitive: boolean;
  readonly encoding: 'gsm7' | 'ucs2';
  readonly segments: number;
  readonly priority: number;
  readonly test: boolean;
  readonly sendAt: number | null;
  readonly validUntil: number | null;
  readonly deadlineAt: number;
  readonly reference: string | null;
  /** JSON text. */
  readonly metadata: string | null;
  readonly createdAt: number;
  readonly packets: readonly NewPacket[];
  readonly idempotency: { readonly key: string; readonly fingerprint: string } | null;
}

/** What is stored of an earlier request under the same key. */
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

/** One recipient as the store knows it. */
export interface StoredRecipient {
  readonly phone: string;
  readonly packetId: string;
  readonly status: RecipientStatus;
  readonly reason: string | null;
  readonly segments: number;
  readonly sentAt: Date | null;
  readonly deliveredAt: Date | null;
}

/** One message as the store knows it. */
export interface StoredMessage {
  readonly messageId: string;
  readonly reference: string | null;
  readonly metadata: string | null;
  readonly test: boolean;
  readonly createdAt: Date;
  readonly completedAt: Date | null;
  readonly recipients: readonly StoredRecipient[];
}

/** Where a message stands, without its recipients. */
export interface MessageProgress {
  readonly counts: StatusCounts;
  /** Every recipient has reached its end; for a test, `accepted` is one. */
  readonly completed: boolean;
}

const MESSAGE_COLUMNS = [
  'message_id',
  'account',
  'campaign_id',
  'sender',
  'text',
  'text_digest',
  'is_sensitive',
  'encoding',
  'segments',
  'priority',
  'test',
  'send_at',
  'valid_until',
  'reference',
  'metadata',
  'recipients',
  'open_recipients',
  'cancel_requested_at',
  'created_at',
  'completed_at',
] as const;

const RECIPIENT_COLUMNS = ['root_packet_id', 'phone', 'packet_id', 'message_id', 'position', 'updated_at'] as const;

/** Messages: written whole before anything is sent, read for their status. */
export class MessageStore {
  constructor(private readonly database: SmsProDatabase) {}

  /** Writes message, packets and recipients in one transaction; returns the earlier request where the key is taken. */
  async create(message: NewMessage): Promise<StoredRequest | null> {
    return this.database.transaction((unit) => this.createIn(unit, message));
  }

  /**
   * As `create`, inside the caller's transaction.
   * @throws SmsProInputError for a manager that cannot carry it
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

  /** How many recipients stand where, or `null` for a message that is not this account's. */
  async progress(messageId: string): Promise<MessageProgress | null> {
    return this.database.read(async (session) => {
      const row = await this.head(session, messageId);
      return row === null
        ? null
        : { counts: await messageCounts(session, messageId), completed: row['completed_at'] !== null };
    });
  }

  private async createIn(session: SqlSession, message: NewMessage): Promise<StoredRequest | null> {
    if (message.idempotency !== null && !(await this.takeKey(session, message, message.idempotency))) {
      return this.storedUnder(session, message.idempotency.key);
    }
    await this.insert(session, message);
    return null;
  }

  private async head(session: SqlSession, messageId: string): Promise<SqlRow | null> {
    return session.first(
      `SELECT reference, metadata, test, created_at, completed_at FROM sms_pro_message
       WHERE message_id = ? AND account = ?`,
      [messageId, this.database.account],
    );
  }

  /** Whether the key was free. A taken one is no error, so that it aborts no transaction. */
  private async takeKey(
    session: SqlSession,
    message: NewMessage,
    { key, fingerprint }: { key: string; fingerprint: string },
  ) {
    return session.insertNew('sms_pro_idempotency', {
      account: this.database.account,
      scope: 'message',
      idempotency_key: keyDigest(key),
      target_id: message.messageId,
      fingerprint,
      created_at: message.createdAt,
    });
  }

  private async storedUnder(session: SqlSession, key: string): Promise<StoredRequest> {
    const row = await session.first(
      `SELECT m.message_id, i.fingerprint, m.text, m.text_digest, m.encoding, m.segments, m.recipients
       FROM sms_pro_idempotency i JOIN sms_pro_message m ON m.message_id = i.target_id
       WHERE i.account = ? AND i.scope = 'message' AND i.idempotency_key = ? ${session.dialect.lockingRead}`,
      [this.database.account, keyDigest(key)],
    );
    if (row === null) throw new Error('An idempotency key points at no message.');
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

  private async insert(session: SqlSession, message: NewMessage): Promise<void> {
    const { account } = this.database;
    const { messageId, createdAt, packets } = message;
    const recipients = packets.reduce((sum, packet) => sum + packet.phones.length, 0);
    await session.insert('sms_pro_message', MESSAGE_COLUMNS, [
      [
        messageId,
        account,
        null,
        message.sender,
        message.text,
        message.textDigest,
        message.sensitive ? 1 : 0,
        message.encoding,
        message.segments,
        message.priority,
        message.test ? 1 : 0,
        message.sendAt,
        message.validUntil,
        message.reference,
        message.metadata,
        recipients,
        recipients,
        null,
        createdAt,
        null,
      ],
    ]);
    await insertPackets(
      session,
      account,
      packets.map(({ packetId, phones }) => ({
        packetId,
        messageId,
        campaignId: null,
        rootPacketId: packetId,
        replaces: null,
        sender: message.sender,
        priority: message.priority,
        test: message.test,
        sensitive: message.sensitive,
        segments: message.segments,
        recipients: phones.length,
        dueAt: message.sendAt ?? createdAt,
        validUntil: message.validUntil,
        deadlineAt: message.deadlineAt,
        createdAt,
      })),
    );
    let position = 0;
    await session.insert(
      'sms_pro_recipient',
      RECIPIENT_COLUMNS,
      packets.flatMap(({ packetId, phones }) =>
        phones.map((phone) => [packetId, phone, packetId, messageId, position++, createdAt]),
      ),
    );
  }
}

/** A key is kept as its digest: of one length, compared by bytes in every database, and whatever the caller put in. */
function keyDigest(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

function storedRecipient(row: SqlRow): StoredRecipient {
  const own = row['status'] === null ? null : oneOf(row, 'status', RECIPIENT_STATUSES);
  return {
    phone: text(row, 'phone'),
    packetId: text(row, 'packet_id'),
    status: own ?? STATUS_OF_STATE[oneOf(row, 'state', PACKET_STATES)],
    reason: textOrNull(row, 'reason'),
    segments: intOrNull(row, 'segments') ?? 0,
    sentAt: dateOrNull(row, 'sent_at'),
    deliveredAt: dateOrNull(row, 'delivered_at'),
  };
}
