import { newPacketId } from '../message/packet-id.js';
import { billedOf, eraseTextsOf, HEAD_COLUMNS, packetHead, tellAccepted, type PacketHead } from './packet-outcome.js';
import { insertPackets } from './packet-rows.js';
import { flag, int, intOrNull, text, textOrNull } from './row-reader.js';
import type { SettlePolicy } from './settle.store.js';
import type { UnitOfWork } from './unit-of-work.js';
import { marks } from './sql-session.js';

/**
 * Moves phones of a packet into new packets, one for each group: a new id is always a new row, and the phones and
 * the id of a packet never change once it was sent. The old id stays known, by its root.
 */
export async function moveToNewPackets(
  unit: UnitOfWork,
  packetId: string,
  groups: readonly (readonly string[])[],
  now: number,
  dueAt = now,
): Promise<string[]> {
  const parent = await unit.first(
    `SELECT root_packet_id, campaign_id, sender, priority, test, is_sensitive, segments, valid_until, deadline_at
     FROM sms_pro_packet WHERE packet_id = ?`,
    [packetId],
  );
  if (parent === null) throw new Error(`There is no packet ${packetId}.`);
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
    await unit.run(
      `UPDATE sms_pro_recipient SET packet_id = ? WHERE root_packet_id = ? AND phone IN (${marks(phones.length)})`,
      [id, root, ...phones],
    );
  }
  return made;
}

/**
 * Takes a phone out of a new packet that is still queued and back into the old one, which the gateway took after all:
 * the new packet is canceled, and its other phones go on in another. `null` when it was no longer queued.
 */
export async function takeBack(
  unit: UnitOfWork,
  oldPacketId: string,
  recipient: { readonly packetId: string; readonly rootPacketId: string; readonly phone: string },
  policy: SettlePolicy,
  now: number,
): Promise<{ readonly othersIn: string | null } | null> {
  const canceled = await unit.run(
    `UPDATE sms_pro_packet SET state = 'canceled', reason = 'canceled', recipients = 0, open_recipients = 0, ended_at = ?
     WHERE packet_id = ? AND state = 'queued' AND open_tries = 0`,
    [now, recipient.packetId],
  );
  if (canceled !== 1) return null;
  const others = await unit.all(
    'SELECT phone FROM sms_pro_recipient WHERE root_packet_id = ? AND packet_id = ? AND phone <> ? ORDER BY position, phone',
    [recipient.rootPacketId, recipient.packetId, recipient.phone],
  );
  await unit.run('UPDATE sms_pro_recipient SET packet_id = ? WHERE root_packet_id = ? AND phone = ?', [
    oldPacketId,
    recipient.rootPacketId,
    recipient.phone,
  ]);
  const phones = others.map((row) => text(row, 'phone'));
  const [othersIn = null] = phones.length > 0 ? await moveToNewPackets(unit, recipient.packetId, [phones], now) : [];
  await keepOne(unit, oldPacketId, policy, now);
  return { othersIn };
}

/** A packet and where it came from. */
type RootedPacket = Pick<PacketHead, 'packetId' | 'rootPacketId'>;

/**
 * Takes phones out of a packet that has just gone back into the queue, and that the gateway took under an older id
 * while it was on its way: sending them again would be the second time. Returns the packet that the others are in now,
 * or `null` where there are none.
 */
export async function takeBackReported(
  unit: UnitOfWork,
  packet: RootedPacket,
  policy: SettlePolicy,
  now: number,
): Promise<string | null> {
  let current = packet.packetId;
  for (const { phone, named } of await reportedUnderOlderIds(unit, packet)) {
    const recipient = { packetId: current, rootPacketId: packet.rootPacketId, phone };
    const taken = await takeBack(unit, named, recipient, policy, now);
    if (taken === null) return current;
    if (taken.othersIn === null) return null;
    current = taken.othersIn;
  }
  return current;
}

/**
 * Gives phones of a packet that ends without having been sent back to the older one that the gateway took them under:
 * their reports go on from there, and they do not end with this one.
 */
export async function returnReported(
  unit: UnitOfWork,
  packet: RootedPacket,
  policy: SettlePolicy,
  now: number,
): Promise<void> {
  const reported = await reportedUnderOlderIds(unit, packet);
  for (const { phone, named } of reported) {
    await unit.run('UPDATE sms_pro_recipient SET packet_id = ? WHERE root_packet_id = ? AND phone = ?', [
      named,
      packet.rootPacketId,
      phone,
    ]);
    await keepOne(unit, named, policy, now);
  }
  if (reported.length === 0) return;
  await unit.run('UPDATE sms_pro_packet SET recipients = recipients - ? WHERE packet_id = ?', [
    reported.length,
    packet.packetId,
  ]);
}

/** Phones of a packet of which a report was believed that names an older one, whatever it said. */
async function reportedUnderOlderIds(
  unit: UnitOfWork,
  { packetId, rootPacketId }: RootedPacket,
): Promise<{ readonly phone: string; readonly named: string }[]> {
  // Only a packet that took the place of another one has older ids.
  if (packetId === rootPacketId) return [];
  const rows = await unit.all(
    `SELECT DISTINCT r.phone, x.packet_id AS named, n.created_at FROM sms_pro_recipient r
     JOIN sms_pro_packet n ON n.root_packet_id = r.root_packet_id AND n.packet_id <> r.packet_id
       AND n.state NOT IN ('queued', 'sending', 'uncertain')
     JOIN sms_pro_report x ON x.packet_id = n.packet_id AND x.phone = r.phone
     WHERE r.root_packet_id = ? AND r.packet_id = ? ORDER BY r.phone, n.created_at`,
    [rootPacketId, packetId],
  );
  // Where there are several, the last that was made.
  const namedOf = new Map(rows.map((row) => [text(row, 'phone'), text(row, 'named')]));
  return [...namedOf].map(([phone, named]) => ({ phone, named }));
}

async function keepOne(unit: UnitOfWork, packetId: string, policy: SettlePolicy, now: number): Promise<void> {
  const row = await unit.first(`SELECT ${HEAD_COLUMNS}, state FROM sms_pro_packet WHERE packet_id = ?`, [packetId]);
  if (row === null) return;
  const before = packetHead(row);
  const head = { ...before, recipients: before.recipients + 1 };
  const acceptance = { phones: null, smscnt: null, estimated: true };
  await unit.run(
    `UPDATE sms_pro_packet SET state = 'accepted', recipients = recipients + 1, open_recipients = (
         SELECT COUNT(*) FROM sms_pro_recipient r WHERE r.root_packet_id = ? AND r.packet_id = ?
           AND (r.status IS NULL OR r.status IN ('accepted', 'sent'))),
       billed = ?, estimated = 1, accepted_at = COALESCE(accepted_at, ?), ended_at = NULL, next_poll_at = ?, give_up_at = ?
     WHERE packet_id = ?`,
    [
      before.rootPacketId,
      packetId,
      billedOf(head, acceptance),
      now,
      now + policy.staleAfterMs,
      now + policy.giveUpAfterMs,
      packetId,
    ],
  );
  await unit.run(
    'UPDATE sms_pro_packet SET next_poll_at = NULL, ended_at = ? WHERE packet_id = ? AND open_recipients <= 0',
    [now, packetId],
  );
  if (text(row, 'state') !== 'accepted') return tellAccepted(unit, head, acceptance, now);
  // Told long ago; the packet that has just been given up may have been the last to need the text.
  await eraseTextsOf(unit, [head]);
}
