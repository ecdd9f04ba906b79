import { endRecipientsOf, type PacketHead } from './packet-outcome.js';
import { moveToNewPackets } from './packet-replacement.js';
import { int, text } from './row-reader.js';
import type { SettlePolicy } from './settle.store.js';
import type { UnitOfWork } from './unit-of-work.js';

/** What a packet has of messages that are canceled, and of others of their campaign. */
export interface PacketShare {
  readonly own: number;
  /** Phones of the others. */
  readonly others: readonly string[];
}

/** What a packet has of some messages. */
export async function shareOf(
  unit: UnitOfWork,
  packet: PacketHead,
  messageIds: ReadonlySet<string>,
): Promise<PacketShare> {
  const rows = await unit.all(
    'SELECT phone, message_id FROM sms_pro_recipient WHERE root_packet_id = ? AND packet_id = ? ORDER BY position, phone',
    [packet.rootPacketId, packet.packetId],
  );
  const others = rows.filter((row) => !messageIds.has(text(row, 'message_id')));
  return { own: rows.length - others.length, others: others.map((row) => text(row, 'phone')) };
}

/** Whether every message of a packet but this one was canceled while the packet was on its way. */
export async function areCanceled(unit: UnitOfWork, packet: PacketHead, butFor: string): Promise<boolean> {
  const ids = await messagesOf(unit, packet, 'm.cancel_requested_at IS NULL');
  return ids.every((messageId) => messageId === butFor);
}

/**
 * Cancels some messages' phones of a packet that is queued and was never tried. The others go on in a new packet, when
 * they were due.
 */
export async function cancelShare(
  unit: UnitOfWork,
  packet: PacketHead,
  { own, others }: PacketShare,
  dueAt: number,
  policy: SettlePolicy,
  now: number,
): Promise<void> {
  if (others.length > 0) await moveToNewPackets(unit, packet.packetId, [others], now, dueAt);
  await unit.run(
    `UPDATE sms_pro_packet SET state = 'canceled', reason = 'canceled', ended_at = ?, recipients = ?,
       open_recipients = 0, cancel_requested = 1 WHERE packet_id = ?`,
    [now, own, packet.packetId],
  );
  await endRecipientsOf(unit, packet, { status: 'canceled', reason: 'canceled' }, policy.recipientEvents, now);
}

/** Takes messages out of a packet that has just gone back into the queue, and that were canceled while it was on its way. */
export async function cancelReturned(
  unit: UnitOfWork,
  packet: PacketHead,
  policy: SettlePolicy,
  now: number,
): Promise<void> {
  const canceled = new Set(await messagesOf(unit, packet, 'm.cancel_requested_at IS NOT NULL'));
  if (canceled.size === 0) return;
  const row = await unit.first(
    "SELECT due_at FROM sms_pro_packet WHERE packet_id = ? AND state = 'queued' AND open_tries = 0",
    [packet.packetId],
  );
  if (row === null) return;
  await cancelShare(unit, packet, await shareOf(unit, packet, canceled), int(row, 'due_at'), policy, now);
}

/** Phones of a packet whose messages were canceled while it was on its way. */
export async function canceledPhonesOf(unit: UnitOfWork, packet: PacketHead): Promise<ReadonlySet<string>> {
  const rows = await unit.all(
    `SELECT r.phone FROM sms_pro_recipient r JOIN sms_pro_message m ON m.message_id = r.message_id
     WHERE r.root_packet_id = ? AND r.packet_id = ? AND m.cancel_requested_at IS NOT NULL`,
    [packet.rootPacketId, packet.packetId],
  );
  return new Set(rows.map((row) => text(row, 'phone')));
}

async function messagesOf(unit: UnitOfWork, packet: PacketHead, which: string): Promise<string[]> {
  const rows = await unit.all(
    `SELECT DISTINCT m.message_id FROM sms_pro_recipient r JOIN sms_pro_message m ON m.message_id = r.message_id
     WHERE r.root_packet_id = ? AND r.packet_id = ? AND ${which}`,
    [packet.rootPacketId, packet.packetId],
  );
  return rows.map((row) => text(row, 'message_id'));
}
