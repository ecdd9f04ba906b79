import { int, text } from '../database/row-reader.js';
import type { UnitOfWork } from '../database/unit-of-work.js';
import { ACCEPTED_BY_REPORT, billedOf } from './packet-billing.js';
import { HEAD_COLUMNS, packetHead, type PacketHead } from './packet-head.js';
import { endRecipientsOf, eraseTextsOf, recordAccepted } from './packet-outcome.js';
import {
  canceledMessagesOf,
  divideByMessage,
  reportedUnderOlderIds,
  type DividedPhones,
  type RootedPacket,
} from './packet-phones.js';
import { assignPhones, replacePacket } from './replacement-packets.js';
import type { StorePolicy } from './store-policy.js';
import { isOpenRecipient } from './open-rows.js';

/** A phone and the packet it is in now. */
interface MovingPhone extends RootedPacket {
  readonly phone: string;
}

/**
 * Moves phones from one packet to another, in one transaction. A packet that was sent keeps its id and gets no new
 * phones, so there are three kinds of moves:
 *
 * - into new packets, which replace the old one (`toNewPackets`);
 * - back into an older packet, which the gateway took after all (`backTo`, `reportedBackFromQueue`,
 *   `reportedBackFromEnd`);
 * - out: they end as canceled, and the other phones of their packet move into a new one (`cancel`, `cancelRequested`).
 */
export class PhoneMoves {
  constructor(
    private readonly unit: UnitOfWork,
    private readonly policy: StorePolicy,
    private readonly now: number,
  ) {}

  /**
   * Moves phones of a packet into new packets, one for each group. The old id stays known, by its root. Returns the
   * new ids.
   */
  async toNewPackets(packetId: string, groups: readonly (readonly string[])[], dueAt = this.now): Promise<string[]> {
    return replacePacket(this.unit, packetId, groups, { dueAt, now: this.now });
  }

  /**
   * Moves a phone of a packet that is still queued back into an older one, which the gateway took after all. The queued
   * packet is canceled, and its other phones move into a new one. `null` if it was no longer queued.
   */
  async backTo(olderPacketId: string, moving: MovingPhone): Promise<{ readonly othersIn: string | null } | null> {
    const canceled = await this.unit.run(
      `UPDATE sms_pro_packet SET state = 'canceled', reason = 'canceled', recipients = 0, open_recipients = 0, ended_at = ?
       WHERE packet_id = ? AND state = 'queued' AND open_tries = 0`,
      [this.now, moving.packetId],
    );
    if (canceled !== 1) return null;
    const others = await this.unit.all(
      'SELECT phone FROM sms_pro_recipient WHERE root_packet_id = ? AND packet_id = ? AND phone <> ? ORDER BY position, phone',
      [moving.rootPacketId, moving.packetId, moving.phone],
    );
    await assignPhones(this.unit, moving.rootPacketId, [moving.phone], olderPacketId);
    const phones = others.map((row) => text(row, 'phone'));
    const [othersIn = null] = phones.length > 0 ? await this.toNewPackets(moving.packetId, [phones]) : [];
    await this.acceptOneMore(olderPacketId);
    return { othersIn };
  }

  /**
   * After a packet was put back into the queue: moves its phones that were reported under older ids into those older
   * packets. The gateway took them there, so they must not be sent again. Returns the packet that the other phones are
   * in now, or `null` if there are none.
   */
  async reportedBackFromQueue(packet: RootedPacket): Promise<string | null> {
    let current = packet.packetId;
    for (const { phone, olderPacketId } of await reportedUnderOlderIds(this.unit, packet)) {
      const moved = await this.backTo(olderPacketId, { packetId: current, rootPacketId: packet.rootPacketId, phone });
      if (moved === null) return current;
      if (moved.othersIn === null) return null;
      current = moved.othersIn;
    }
    return current;
  }

  /**
   * The same for a packet that ends without having been sent: those phones do not end with it, and further reports of
   * them come under the older ids.
   */
  async reportedBackFromEnd(packet: RootedPacket): Promise<void> {
    const reported = await reportedUnderOlderIds(this.unit, packet);
    for (const { phone, olderPacketId } of reported) {
      await assignPhones(this.unit, packet.rootPacketId, [phone], olderPacketId);
      await this.acceptOneMore(olderPacketId);
    }
    if (reported.length === 0) return;
    await this.unit.run('UPDATE sms_pro_packet SET recipients = recipients - ? WHERE packet_id = ?', [
      reported.length,
      packet.packetId,
    ]);
  }

  /**
   * Cancels some phones of a packet that is queued and was never tried. The others move into a new packet, which is due
   * when the old one was.
   */
  async cancel(packet: PacketHead, { canceled, others }: DividedPhones, dueAt: number): Promise<void> {
    if (others.length > 0) await this.toNewPackets(packet.packetId, [others], dueAt);
    await this.unit.run(
      `UPDATE sms_pro_packet SET state = 'canceled', reason = 'canceled', ended_at = ?, recipients = ?,
         open_recipients = 0, cancel_requested = 1 WHERE packet_id = ?`,
      [this.now, canceled.length, packet.packetId],
    );
    await endRecipientsOf(
      this.unit,
      [packet],
      { status: 'canceled', reason: 'canceled' },
      {
        policy: this.policy,
        now: this.now,
      },
    );
  }

  /** The same after a packet was put back into the queue: cancels the messages canceled while it was being sent. */
  async cancelRequested(packet: PacketHead): Promise<void> {
    const canceled = await canceledMessagesOf(this.unit, packet);
    if (canceled.size === 0) return;
    const row = await this.unit.first(
      "SELECT due_at FROM sms_pro_packet WHERE packet_id = ? AND state = 'queued' AND open_tries = 0",
      [packet.packetId],
    );
    if (row === null) return;
    await this.cancel(packet, await divideByMessage(this.unit, packet, canceled), int(row, 'due_at'));
  }

  /** Makes a packet accepted, with one recipient more than it had: a report proves that the gateway took it. */
  private async acceptOneMore(packetId: string): Promise<void> {
    const { unit, policy, now } = this;
    const row = await unit.first(`SELECT ${HEAD_COLUMNS}, state FROM sms_pro_packet WHERE packet_id = ?`, [packetId]);
    if (row === null) return;
    const before = packetHead(row);
    const head = { ...before, recipients: before.recipients + 1 };
    await unit.run(
      `UPDATE sms_pro_packet SET state = 'accepted', recipients = recipients + 1, open_recipients = (
           SELECT COUNT(*) FROM sms_pro_recipient r WHERE r.root_packet_id = ? AND r.packet_id = ?
             AND ${isOpenRecipient('r')}),
         billed = ?, estimated = 1, accepted_at = COALESCE(accepted_at, ?), ended_at = NULL, next_poll_at = ?, give_up_at = ?
       WHERE packet_id = ?`,
      [
        before.rootPacketId,
        packetId,
        billedOf(head, ACCEPTED_BY_REPORT),
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
    if (text(row, 'state') !== 'accepted') return recordAccepted(unit, head, ACCEPTED_BY_REPORT, now);
    // It was accepted before; the packet that was just canceled may have been the last one that needed the text.
    await eraseTextsOf(unit, [head]);
  }
}
