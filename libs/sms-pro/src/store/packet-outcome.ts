import type { Reason } from '../message/reason.js';
import { closeRecipients, eraseSensitive } from './completion.js';
import { recipientOrderKey } from './event-rows.js';
import { flag, int, text } from './row-reader.js';
import type { UnitOfWork } from './unit-of-work.js';
import { marks, type SqlRow } from './sql-session.js';

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
  if (packet.test) await closeRecipients(unit, (await openRecipientsByMessage(unit, [packet])).counts, now);
  await eraseTextsOf(unit, [packet]);
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

/** Ends every recipient that follows packets which have just ended without being accepted. */
export async function endRecipientsOf(
  unit: UnitOfWork,
  packets: PacketHead | readonly PacketHead[],
  end: { readonly status: 'rejected' | 'expired' | 'canceled' | 'unknown'; readonly reason: Reason },
  recipientEvents: RecipientEvents,
  now: number,
): Promise<void> {
  const ended = [packets].flat();
  // Only an uncertain packet can have phones with a report that is not final: what nobody knows ends for them too.
  const reported = end.status === 'unknown' ? "OR r.status IN ('accepted', 'sent')" : '';
  const { counts, recipients } = await openRecipientsByMessage(unit, ended, reported);
  for (const packet of reported === '' ? [] : ended) {
    await unit.run(
      `UPDATE sms_pro_recipient SET status = 'unknown', reason = ?, updated_at = ?
       WHERE root_packet_id = ? AND packet_id = ? AND status IN ('accepted', 'sent')`,
      [end.reason, now, packet.rootPacketId, packet.packetId],
    );
  }
  if (recipientEvents !== 'none') {
    for (const { packetId, rootPacketId, phone, messageId } of recipients) {
      unit.tell({
        name: `recipient.${end.status}`,
        occurredAt: now,
        messageId,
        packetId,
        phone,
        orderKey: recipientOrderKey(rootPacketId, phone),
        detail: { status: end.status, reason: end.reason },
      });
    }
  }
  await closeRecipients(unit, counts, now);
  await eraseTextsOf(unit, ended);
}

/** Most recipients that one transaction ends: each may be an event, and the next one-time code waits for it on SQLite. */
const RECIPIENTS_AT_ONCE = 500;

/** As many packets as one transaction may end, at least one. */
export function firstOf<H extends PacketHead>(heads: readonly H[]): readonly H[] {
  let recipients = 0;
  const end = heads.findIndex((head) => (recipients += head.recipients) > RECIPIENTS_AT_ONCE);
  return end === -1 ? heads : heads.slice(0, Math.max(1, end));
}

/** Erases the sensitive texts that only these packets needed, also of recipients that had ended before their packet. */
export async function eraseTextsOf(unit: UnitOfWork, packets: readonly PacketHead[]): Promise<void> {
  const sensitive = packets.filter((packet) => packet.sensitive);
  if (sensitive.length === 0) return;
  const rows = await unit.all(
    `SELECT DISTINCT r.message_id ${RECIPIENTS_OF} (${marks(sensitive.length)})`,
    idsOf(sensitive),
  );
  await eraseSensitive(
    unit,
    rows.map((row) => text(row, 'message_id')),
  );
}

const RECIPIENTS_OF = `FROM sms_pro_packet p
  JOIN sms_pro_recipient r ON r.root_packet_id = p.root_packet_id AND r.packet_id = p.packet_id WHERE p.packet_id IN`;

function idsOf(packets: readonly PacketHead[]): string[] {
  return packets.map(({ packetId }) => packetId);
}

interface OpenRecipient {
  readonly packetId: string;
  readonly rootPacketId: string;
  readonly phone: string;
  readonly messageId: string;
}

interface OpenRecipients {
  readonly counts: Map<string, number>;
  readonly recipients: readonly OpenRecipient[];
}

async function openRecipientsByMessage(
  unit: UnitOfWork,
  packets: readonly PacketHead[],
  also = '',
): Promise<OpenRecipients> {
  const rows = await unit.all(
    `SELECT r.packet_id, r.root_packet_id, r.phone, r.message_id ${RECIPIENTS_OF} (${marks(packets.length)})
       AND (r.status IS NULL ${also}) ORDER BY r.packet_id, r.position, r.phone`,
    idsOf(packets),
  );
  const recipients = rows.map((row) => ({
    packetId: text(row, 'packet_id'),
    rootPacketId: text(row, 'root_packet_id'),
    phone: text(row, 'phone'),
    messageId: text(row, 'message_id'),
  }));
  const counts = new Map<string, number>();
  for (const { messageId } of recipients) counts.set(messageId, (counts.get(messageId) ?? 0) + 1);
  return { counts, recipients };
}
