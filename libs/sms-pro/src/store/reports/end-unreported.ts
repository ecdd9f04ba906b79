import { recipientOrderKey } from '../database/new-event.js';
import { text } from '../database/row-reader.js';
import type { UnitOfWork } from '../database/unit-of-work.js';
import { closeRecipients } from '../packets/message-completion.js';
import type { StorePolicy } from '../packets/store-policy.js';
import { isOpenRecipient } from '../packets/open-rows.js';

/** Ends the open recipients of an accepted packet as `unknown`, and its polls. Returns how many recipients. */
export async function endUnreported(
  unit: UnitOfWork,
  policy: StorePolicy,
  packetId: string,
  now: number,
): Promise<number> {
  // Reports lock this row, too, so the two wait for each other.
  await unit.first(`SELECT packet_id FROM sms_pro_packet WHERE packet_id = ? ${unit.dialect.forUpdate}`, [packetId]);
  const rows = await unit.all(
    `SELECT r.root_packet_id, r.phone, r.message_id FROM sms_pro_packet p
     JOIN sms_pro_recipient r ON r.root_packet_id = p.root_packet_id AND r.packet_id = p.packet_id
     WHERE p.packet_id = ? AND p.state = 'accepted' AND ${isOpenRecipient('r')}`,
    [packetId],
  );
  const ended = new Map<string, number>();
  for (const row of rows) {
    const rootPacketId = text(row, 'root_packet_id');
    const phone = text(row, 'phone');
    const messageId = text(row, 'message_id');
    await unit.run(
      `UPDATE sms_pro_recipient SET status = 'unknown', reason = 'deadline', updated_at = ?
       WHERE root_packet_id = ? AND phone = ?`,
      [now, rootPacketId, phone],
    );
    ended.set(messageId, (ended.get(messageId) ?? 0) + 1);
    if (policy.recipientEvents === 'none') continue;
    unit.recordEvent({
      name: 'recipient.unknown',
      occurredAt: now,
      messageId,
      packetId,
      phone,
      orderKey: recipientOrderKey(rootPacketId, phone),
      detail: { status: 'unknown', reason: 'deadline' },
    });
  }
  await unit.run(
    `UPDATE sms_pro_packet SET open_recipients = 0, next_poll_at = NULL, ended_at = COALESCE(ended_at, ?),
       poll_lease_owner = NULL, poll_lease_until = NULL WHERE packet_id = ? AND state = 'accepted'`,
    [now, packetId],
  );
  await closeRecipients(unit, ended, now);
  return rows.length;
}
