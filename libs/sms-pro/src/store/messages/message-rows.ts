import type { SqlSession } from '../database/sql-session.js';

/** What is stored of a message, without its recipients. */
export interface MessageContent {
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
}

/** A new message. */
export interface NewMessageRow extends MessageContent {
  readonly campaignId: string | null;
  readonly recipients: number;
}

/** One phone of a message, in the first packet it is in. */
export interface NewRecipientRow {
  readonly packetId: string;
  readonly phone: string;
  readonly messageId: string;
  /** Its index among the phones of its message, from 0. */
  readonly position: number;
  readonly createdAt: number;
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

/** Writes new messages. */
export async function insertMessages(
  session: SqlSession,
  account: string,
  messages: readonly NewMessageRow[],
): Promise<void> {
  await session.insert(
    'sms_pro_message',
    MESSAGE_COLUMNS,
    messages.map((message) => [
      message.messageId,
      account,
      message.campaignId,
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
      message.recipients,
      message.recipients,
      null,
      message.createdAt,
      null,
    ]),
  );
}

/** Writes new recipients. */
export async function insertRecipients(session: SqlSession, recipients: readonly NewRecipientRow[]): Promise<void> {
  await session.insert(
    'sms_pro_recipient',
    RECIPIENT_COLUMNS,
    recipients.map(({ packetId, phone, messageId, position, createdAt }) => [
      packetId,
      phone,
      packetId,
      messageId,
      position,
      createdAt,
    ]),
  );
}
