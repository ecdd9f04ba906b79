import { text } from '../database/row-reader.js';
import type { UnitOfWork } from '../database/unit-of-work.js';
import type { PacketHead } from './packet-head.js';
import { OPEN_STATES } from './open-rows.js';

/** A packet and the first packet its recipients were in. */
export type RootedPacket = Pick<PacketHead, 'packetId' | 'rootPacketId'>;

/** The phones of a packet, divided by whether their messages are canceled. */
export interface DividedPhones {
  readonly canceled: readonly string[];
  readonly others: readonly string[];
}

/** Divides the phones of a packet into those of some messages, which are canceled, and those of others. */
export async function divideByMessage(
  unit: UnitOfWork,
  packet: RootedPacket,
  messageIds: ReadonlySet<string>,
): Promise<DividedPhones> {
  const rows = await unit.all(
    'SELECT phone, message_id FROM sms_pro_recipient WHERE root_packet_id = ? AND packet_id = ? ORDER BY position, phone',
    [packet.rootPacketId, packet.packetId],
  );
  const phonesOf = (isCanceled: boolean) =>
    rows.filter((row) => messageIds.has(text(row, 'message_id')) === isCanceled).map((row) => text(row, 'phone'));
  return { canceled: phonesOf(true), others: phonesOf(false) };
}

/** The messages of a packet that were canceled while it was being sent. */
export async function canceledMessagesOf(unit: UnitOfWork, packet: RootedPacket): Promise<ReadonlySet<string>> {
  return new Set(await messagesOf(unit, packet, 'm.cancel_requested_at IS NOT NULL'));
}

/** Whether every other message of a packet was canceled, too, while the packet was being sent. */
export async function areOthersCanceled(unit: UnitOfWork, packet: RootedPacket, messageId: string): Promise<boolean> {
  const notCanceled = await messagesOf(unit, packet, 'm.cancel_requested_at IS NULL');
  return notCanceled.every((one) => one === messageId);
}

/** The phones of a packet whose messages were canceled while it was being sent. */
export async function canceledPhonesOf(unit: UnitOfWork, packet: RootedPacket): Promise<ReadonlySet<string>> {
  const rows = await unit.all(
    `SELECT r.phone FROM sms_pro_recipient r JOIN sms_pro_message m ON m.message_id = r.message_id
     WHERE r.root_packet_id = ? AND r.packet_id = ? AND m.cancel_requested_at IS NOT NULL`,
    [packet.rootPacketId, packet.packetId],
  );
  return new Set(rows.map((row) => text(row, 'phone')));
}

/** A phone, and the older packet that a trusted report of it names. */
export interface ReportedEarlier {
  readonly phone: string;
  readonly olderPacketId: string;
}

/** The phones of a packet with a trusted report, of whatever status, that names an older packet. */
export async function reportedUnderOlderIds(
  unit: UnitOfWork,
  { packetId, rootPacketId }: RootedPacket,
): Promise<readonly ReportedEarlier[]> {
  // Only a packet that replaced another one has older ids.
  if (packetId === rootPacketId) return [];
  const rows = await unit.all(
    `SELECT DISTINCT r.phone, x.packet_id AS named, n.created_at FROM sms_pro_recipient r
     JOIN sms_pro_packet n ON n.root_packet_id = r.root_packet_id AND n.packet_id <> r.packet_id
       AND n.state NOT IN (${OPEN_STATES})
     JOIN sms_pro_report x ON x.packet_id = n.packet_id AND x.phone = r.phone
     WHERE r.root_packet_id = ? AND r.packet_id = ? ORDER BY r.phone, n.created_at`,
    [rootPacketId, packetId],
  );
  // If there are several, the one that was made last.
  const olderOf = new Map(rows.map((row) => [text(row, 'phone'), text(row, 'named')]));
  return [...olderOf].map(([phone, olderPacketId]) => ({ phone, olderPacketId }));
}

async function messagesOf(unit: UnitOfWork, packet: RootedPacket, condition: string): Promise<string[]> {
  const rows = await unit.all(
    `SELECT DISTINCT m.message_id FROM sms_pro_recipient r JOIN sms_pro_message m ON m.message_id = r.message_id
     WHERE r.root_packet_id = ? AND r.packet_id = ? AND ${condition}`,
    [packet.rootPacketId, packet.packetId],
  );
  return rows.map((row) => text(row, 'message_id'));
}
