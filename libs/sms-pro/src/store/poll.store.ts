import { closeRecipients } from './completion.js';
import { recipientOrderKey } from './event-rows.js';
import { int, text } from './row-reader.js';
import type { SettlePolicy } from './settle.store.js';
import type { SmsProDatabase } from './sms-pro.database.js';
import { marks } from './sql-session.js';

/** An accepted packet some of whose recipients have no final report. */
export interface StalePacket {
  readonly packetId: string;
  readonly acceptedAt: number;
  /** How often it was asked for before. */
  readonly polls: number;
  /** When what is left becomes `unknown`. */
  readonly giveUpAt: number;
}

/** Accepted packets that wait for reports: each is asked for by one process at a time. */
export class PollStore {
  constructor(
    private readonly database: SmsProDatabase,
    private readonly policy: SettlePolicy,
  ) {}

  /** Leases packets whose next poll is due. */
  async claimStale(owner: string, now: number, leaseMs: number, limit: number): Promise<StalePacket[]> {
    return this.database.transaction(async (unit) => {
      const rows = await unit.all(
        `SELECT packet_id, accepted_at, polls, give_up_at FROM sms_pro_packet
         WHERE account = ? AND next_poll_at <= ? AND (poll_lease_until IS NULL OR poll_lease_until <= ?)
         ORDER BY next_poll_at LIMIT ? ${unit.dialect.skipLocked}`,
        [this.database.account, now, now, limit],
      );
      if (rows.length > 0) {
        await unit.run(
          `UPDATE sms_pro_packet SET poll_lease_owner = ?, poll_lease_until = ? WHERE packet_id IN (${marks(rows.length)})`,
          [owner, now + leaseMs, ...rows.map((row) => text(row, 'packet_id'))],
        );
      }
      return rows.map((row) => ({
        packetId: text(row, 'packet_id'),
        acceptedAt: int(row, 'accepted_at'),
        polls: int(row, 'polls'),
        giveUpAt: int(row, 'give_up_at'),
      }));
    });
  }

  /** Says when the packet is asked for again. Changes nothing once all its recipients have ended. */
  async reschedule(packetId: string, owner: string, nextPollAt: number): Promise<void> {
    await this.database.transaction(async (unit) => {
      await unit.run(
        `UPDATE sms_pro_packet SET next_poll_at = ?
         WHERE packet_id = ? AND poll_lease_owner = ? AND next_poll_at IS NOT NULL`,
        [nextPollAt, packetId, owner],
      );
      await unit.run(
        `UPDATE sms_pro_packet SET polls = polls + 1, poll_lease_owner = NULL, poll_lease_until = NULL
         WHERE packet_id = ? AND poll_lease_owner = ?`,
        [packetId, owner],
      );
    });
  }

  /** Makes packets due for a poll at once: a push that is only a hint, or a user who asks. */
  async pollNow(packetIds: readonly string[], now: number): Promise<void> {
    if (packetIds.length === 0) return;
    await this.database.transaction((unit) =>
      unit.run(
        `UPDATE sms_pro_packet SET next_poll_at = ? WHERE account = ? AND next_poll_at > ? AND packet_id IN (${marks(packetIds.length)})`,
        [now, this.database.account, now, ...packetIds],
      ),
    );
  }

  /** Ends what is left of a packet as `unknown`: the deadline for a report has passed. Returns how many recipients. */
  async giveUp(packetId: string, now: number): Promise<number> {
    return this.database.transaction(async (unit) => {
      // The packet's row is what reports and this wait for each other at.
      await unit.first(`SELECT packet_id FROM sms_pro_packet WHERE packet_id = ? ${unit.dialect.forUpdate}`, [
        packetId,
      ]);
      const rows = await unit.all(
        `SELECT r.root_packet_id, r.phone, r.message_id FROM sms_pro_packet p
         JOIN sms_pro_recipient r ON r.root_packet_id = p.root_packet_id AND r.packet_id = p.packet_id
         WHERE p.packet_id = ? AND p.state = 'accepted' AND (r.status IS NULL OR r.status IN ('accepted', 'sent'))`,
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
        if (this.policy.recipientEvents === 'none') continue;
        unit.tell({
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
        `UPDATE sms_pro_packet SET open_recipients = 0, next_poll_at = NULL, ended_at = ?, poll_lease_owner = NULL,
           poll_lease_until = NULL WHERE packet_id = ?`,
        [now, packetId],
      );
      await closeRecipients(unit, ended, now);
      return rows.length;
    });
  }
}
