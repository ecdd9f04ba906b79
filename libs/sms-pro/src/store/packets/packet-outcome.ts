import type { Reason } from '../../message/reason.js';
import { recipientOrderKey } from '../database/new-event.js';
import { int, text } from '../database/row-reader.js';
import type { SqlRow } from '../database/sql-session.js';
import type { UnitOfWork } from '../database/unit-of-work.js';
import { marks } from '../dialects/sql-statement.js';
import { closeRecipients, eraseSensitive } from './message-completion.js';
import { billedOf, type Acceptance } from './packet-billing.js';
import type { PacketHead } from './packet-head.js';
import type { StorePolicy } from './store-policy.js';
import { OPEN_STATUSES } from './open-rows.js';

/** Records that the gateway took a packet; ends the recipients of a test, which get no report. */
export async function recordAccepted(
  unit: UnitOfWork,
  packet: PacketHead,
  acceptance: Acceptance,
  now: number,
): Promise<void> {
  unit.recordEvent({
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
  // Accepting a packet writes one row, not fifty: its recipients are read only if they end here.
  if (!packet.test && !packet.sensitive) return;
  if (packet.test) await closeRecipients(unit, (await openRecipients(unit, [packet])).counts, now);
  await eraseTextsOf(unit, [packet]);
}

/** Records that it is unknown whether the gateway took a packet. */
export function recordUncertain(unit: UnitOfWork, row: SqlRow, now: number, cause: string): void {
  unit.recordEvent({
    name: 'packet.uncertain',
    occurredAt: now,
    messageId: text(row, 'message_id'),
    packetId: text(row, 'packet_id'),
    orderKey: text(row, 'packet_id'),
    detail: { recipients: int(row, 'recipients'), cause },
  });
}

/** How recipients end with their packet. */
export interface RecipientEnd {
  readonly status: 'rejected' | 'expired' | 'canceled' | 'unknown';
  readonly reason: Reason;
}

/** Ends every recipient that follows packets which have just ended without being accepted. */
export async function endRecipientsOf(
  unit: UnitOfWork,
  packets: readonly PacketHead[],
  end: RecipientEnd,
  { policy, now }: { readonly policy: StorePolicy; readonly now: number },
): Promise<void> {
  // Only an uncertain packet can have phones with a report that is not final: those end as unknown, too.
  const alsoReported = end.status === 'unknown' ? `OR r.status IN (${OPEN_STATUSES})` : '';
  const { counts, recipients } = await openRecipients(unit, packets, alsoReported);
  for (const packet of alsoReported === '' ? [] : packets) {
    await unit.run(
      `UPDATE sms_pro_recipient SET status = 'unknown', reason = ?, updated_at = ?
       WHERE root_packet_id = ? AND packet_id = ? AND status IN (${OPEN_STATUSES})`,
      [end.reason, now, packet.rootPacketId, packet.packetId],
    );
  }
  if (policy.recipientEvents !== 'none') {
    for (const { packetId, rootPacketId, phone, messageId } of recipients) {
      unit.recordEvent({
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
  await eraseTextsOf(unit, packets);
}

/**
 * Recipients that one transaction ends, at most: each may be an event, and on SQLite the next one-time code waits for
 * the transaction.
 */
const MAX_ENDED_RECIPIENTS = 500;

/** The first of these packets, as many as one transaction may end, and at least one. */
export function firstOf<H extends PacketHead>(heads: readonly H[]): readonly H[] {
  let recipients = 0;
  const end = heads.findIndex((head) => (recipients += head.recipients) > MAX_ENDED_RECIPIENTS);
  return end === -1 ? heads : heads.slice(0, Math.max(1, end));
}

/** Erases the sensitive texts that only these packets needed, also for recipients that had ended before their packet. */
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
  /** By message. */
  readonly counts: Map<string, number>;
  readonly recipients: readonly OpenRecipient[];
}

async function openRecipients(
  unit: UnitOfWork,
  packets: readonly PacketHead[],
  alsoReported = '',
): Promise<OpenRecipients> {
  const rows = await unit.all(
    `SELECT r.packet_id, r.root_packet_id, r.phone, r.message_id ${RECIPIENTS_OF} (${marks(packets.length)})
       AND (r.status IS NULL ${alsoReported}) ORDER BY r.packet_id, r.position, r.phone`,
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
