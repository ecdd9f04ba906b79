import { SmsProInvariantError } from '../../errors/sms-pro.errors.js';
import { newPacketId } from '../../message/packet-id.js';
import { flag, int, intOrNull, text, textOrNull } from '../database/row-reader.js';
import type { UnitOfWork } from '../database/unit-of-work.js';
import { marks } from '../dialects/sql-statement.js';
import { insertPackets } from './packet-rows.js';

/** Writes new packets that replace another one, one for each group of its phones, and moves the phones. Returns their ids. */
export async function replacePacket(
  unit: UnitOfWork,
  packetId: string,
  groups: readonly (readonly string[])[],
  { dueAt, now }: { readonly dueAt: number; readonly now: number },
): Promise<string[]> {
  const parent = await unit.first(
    `SELECT root_packet_id, campaign_id, sender, priority, test, is_sensitive, segments, valid_until, deadline_at
     FROM sms_pro_packet WHERE packet_id = ?`,
    [packetId],
  );
  if (parent === null) throw new SmsProInvariantError(`There is no packet ${packetId}.`);
  const root = text(parent, 'root_packet_id');
  const made: string[] = [];
  for (const phones of groups) {
    const id = newPacketId();
    made.push(id);
    const owners = await unit.all(
      `SELECT message_id FROM sms_pro_recipient WHERE root_packet_id = ? AND phone IN (${marks(phones.length)})
       ORDER BY position, phone`,
      [root, ...phones],
    );
    await insertPackets(unit, unit.account, [
      {
        packetId: id,
        messageId: text(owners[0] ?? {}, 'message_id'),
        campaignId: textOrNull(parent, 'campaign_id'),
        rootPacketId: root,
        replaces: packetId,
        sender: text(parent, 'sender'),
        priority: int(parent, 'priority'),
        test: flag(parent, 'test'),
        sensitive: flag(parent, 'is_sensitive'),
        segments: int(parent, 'segments'),
        recipients: phones.length,
        dueAt,
        validUntil: intOrNull(parent, 'valid_until'),
        deadlineAt: int(parent, 'deadline_at'),
        createdAt: now,
      },
    ]);
    await assignPhones(unit, root, phones, id);
  }
  return made;
}

/** Moves phones into a packet; their first packet, the root, stays the same. */
export async function assignPhones(
  unit: UnitOfWork,
  rootPacketId: string,
  phones: readonly string[],
  packetId: string,
): Promise<void> {
  await unit.run(
    `UPDATE sms_pro_recipient SET packet_id = ? WHERE root_packet_id = ? AND phone IN (${marks(phones.length)})`,
    [packetId, rootPacketId, ...phones],
  );
}
