import type { Reason } from '../message/reason.js';
import { closeRecipients, eraseSensitive } from './completion.js';
import { recipientOrderKey } from './event-rows.js';
import { flag, int, text } from './row-reader.js';
import type { UnitOfWork } from './sms-pro.database.js';
import type { SqlRow } from './sql-session.js';

/** Which `recipient.*` events are kept. */
export type RecipientEvents = 'all' | 'final' | 'none';

/** The columns of a packet that its outcome needs. */
export interface PacketHead {
  readonly packetId: string;
  readonly rootPacketId: string;
  readonly messageId: string;
  readonly recipients: number;
  readonly segments: number;
  readonly test: boolean;
  readonly sensitive: boolean;
}

/** The columns that {@link packetHead} reads. */
export const HEAD_COLUMNS = 'packet_id, root_packet_id, message_id, recipients, segments, test, is_sensitive';

/** Reads the head of a packet. */
export function packetHead(row: SqlRow): PacketHead {
  return {
    packetId: text(row, 'packet_id'),
    rootPacketId: text(row, 'root_packet_id'),
    messageId: text(row, 'message_id'),
    recipients: int(row, 'recipients'),
    segments: int(row, 'segments'),
    test: flag(row, 'test'),
    sensitive: flag(row, 'is_sensitive'),
  };
}

/** What is told of an accepted packet. */
export interface Acceptance {
  readonly phones: number | null;
  readonly smscnt: number | null;
  readonly estimated: boolean;
}

/** SMS billed: what the answer says, or our own estimate. */
export function billedOf(packet: PacketHead, { phones, smscnt }: Acceptance): number {
  return packet.test ? 0 : (phones ?? packet.recipients) * (smscnt ?? packet.segments);
}

/** Tells that the gateway took a packet; ends the recipients of a test, which hear nothing more. */
export async function tellAccepted(
  unit: UnitOfWork,
  packet: PacketHead,
  acceptance: Acceptance,
  now: number,
): Promise<void> {
  unit.tell({
    name: 'packet.accepted',
    occurredAt: now,
    messageId: packet.messageId,
    packetId: packet.packetId,
    orderKey: packet.packetId,
    detail: {
      phones: acceptance.phones,
      smscnt: acceptance.smscnt,
      estimated: acceptance.estimated,
      recipients: packet.recipients,
      billed: billedOf(packet, acceptance),
      test: packet.test,
    },
  });
  // One row is written for an accepted packet, not fifty: its recipients are read only where they end here.
  if (!packet.test && !packet.sensitive) return;
  const { counts } = await openRecipientsByMessage(unit, packet);
  if (packet.test) await closeRecipients(unit, counts, now);
  if (packet.sensitive) await eraseSensitive(unit, [...counts.keys()]);
}

/** Tells that nobody knows whether a packet was taken. */
export function tellUncertain(unit: UnitOfWork, row: SqlRow, now: number, cause: string): void {
  unit.tell({
    name: 'packet.uncertain',
    occurredAt: now,
    messageId: text(row, 'message_id'),
    packetId: text(row, 'packet_id'),
    orderKey: text(row, 'packet_id'),
    detail: { recipients: int(row, 'recipients'), cause },
  });
}

/** Ends every recipient that follows a packet which has just ended without being accepted. */
export async function endRecipientsOf(
  unit: UnitOfWork,
  packet: PacketHead,
  end: { readonly status: 'rejected' | 'expired' | 'canceled' | 'unknown'; readonly reason: Reason },
  recipientEvents: RecipientEvents,
  now: number,
): Promise<void> {
  // Only an uncertain packet can have phones with a report that is not final: what nobody knows ends for them too.
  const reported = end.status === 'unknown' ? "OR status IN ('accepted', 'sent')" : '';
  const { counts, recipients } = await openRecipientsByMessage(unit, packet, reported);
  if (reported !== '') {
    await unit.run(
      `UPDATE sms_pro_recipient SET status = 'unknown', reason = ?, updated_at = ?
       WHERE root_packet_id = ? AND packet_id = ? AND status IN ('accepted', 'sent')`,
      [end.reason, now, packet.rootPacketId, packet.packetId],
    );
  }
  if (recipientEvents !== 'none') {
    for (const { phone, messageId } of recipients) {
      unit.tell({
        name: `recipient.${end.status}`,
        occurredAt: now,
        messageId,
        packetId: packet.packetId,
        phone,
        orderKey: recipientOrderKey(packet.rootPacketId, phone),
        detail: { status: end.status, reason: end.reason },
      });
    }
  }
  await closeRecipients(unit, counts, now);
  if (packet.sensitive) await eraseSensitive(unit, [...counts.keys()]);
}

interface OpenRecipients {
  readonly counts: Map<string, number>;
  readonly recipients: readonly { readonly phone: string; readonly messageId: string }[];
}

async function openRecipientsByMessage(unit: UnitOfWork, packet: PacketHead, also = ''): Promise<OpenRecipients> {
  const rows = await unit.all(
    `SELECT phone, message_id FROM sms_pro_recipient
     WHERE root_packet_id = ? AND packet_id = ? AND (status IS NULL ${also}) ORDER BY position, phone`,
    [packet.rootPacketId, packet.packetId],
  );
  const recipients = rows.map((row) => ({ phone: text(row, 'phone'), messageId: text(row, 'message_id') }));
  const counts = new Map<string, number>();
  for (const { messageId } of recipients) counts.set(messageId, (counts.get(messageId) ?? 0) + 1);
  return { counts, recipients };
}
