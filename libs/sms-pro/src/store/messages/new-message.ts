import type { SqlSession } from '../database/sql-session.js';
import { insertPackets, type NewPacketRow } from '../packets/packet-rows.js';
import { insertMessages, insertRecipients, type MessageContent, type NewRecipientRow } from './message-rows.js';

/** One packet of a new message. */
export interface NewPacket {
  readonly packetId: string;
  readonly phones: readonly string[];
}

/** A message as it is stored before anything is sent. */
export interface NewMessage extends MessageContent {
  readonly packets: readonly NewPacket[];
  readonly idempotency: { readonly key: string; readonly fingerprint: string } | null;
}

/** Writes new messages with their packets and recipients. */
export async function insertNewMessages(
  session: SqlSession,
  account: string,
  messages: readonly NewMessage[],
): Promise<void> {
  const rows = messages.map((message) => ({
    ...message,
    campaignId: null,
    recipients: recipientsOf(message.packets),
  }));
  await session.together([
    () => insertMessages(session, account, rows),
    () => insertPackets(session, account, messages.flatMap(packetRows)),
    () => insertRecipients(session, messages.flatMap(recipientRows)),
  ]);
}

/** How many recipients packets have. */
export function recipientsOf(packets: readonly NewPacket[]): number {
  return packets.reduce((sum, { phones }) => sum + phones.length, 0);
}

function packetRows({ messageId, packets, createdAt, ...message }: NewMessage): NewPacketRow[] {
  const { sender, priority, test, sensitive, segments, validUntil, deadlineAt } = message;
  return packets.map(({ packetId, phones }) => ({
    packetId,
    messageId,
    campaignId: null,
    rootPacketId: packetId,
    replaces: null,
    sender,
    priority,
    test,
    sensitive,
    segments,
    recipients: phones.length,
    dueAt: message.sendAt ?? createdAt,
    validUntil,
    deadlineAt,
    createdAt,
  }));
}

function recipientRows({ messageId, packets, createdAt }: NewMessage): NewRecipientRow[] {
  const all = packets.flatMap(({ packetId, phones }) => phones.map((phone) => ({ packetId, phone })));
  return all.map((one, position) => Object.assign(one, { messageId, position, createdAt }));
}
