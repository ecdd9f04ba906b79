import { closeRecipients } from './completion.js';
import { recipientOrderKey } from './event-rows.js';
import { int, intOrNull, oneOf, text } from './row-reader.js';
import type { SettlePolicy } from './settle.store.js';
import type { SmsProDatabase } from './sms-pro.database.js';
import { marks } from './sql-session.js';
import { PACKET_STATES } from '../message/packet-state.js';

/** A packet whose reports are asked for. */
export interface StalePacket {
  readonly packetId: string;
  /** How often it was asked for before. */
  readonly polls: number;
  /** When what is left becomes `unknown`, or `null` where nothing is left. */
  readonly giveUpAt: number | null;
}

/**
 * Whether a packet may be asked about now. `polled`: somebody is asking. `dispatched`: a request or a probe of
 * dispatch may be open. `closed`: it is not this account's, or dispatch has not done with it.
 */
export type PollLease = 'taken' | 'polled' | 'dispatched' | 'closed';

/** Most ids in one IN list. */
const IDS_AT_ONCE = 500;

/** Nobody else may be asking: a push can make a packet accepted while the probe of dispatch is open. */
const NOT_LEASED = '(poll_lease_until IS NULL OR poll_lease_until <= ?) AND (lease_until IS NULL OR lease_until <= ?)';

/** Accepted packets that wait for reports: each is asked for by one process at a time. */
export class PollStore {
  constructor(
    private readonly database: SmsProDatabase,
    private readonly policy: SettlePolicy,
  ) {}

  /** Leases packets whose next poll is due. */
  async claimStale(owner: string, now: number, leaseMs: number, limit: number): Promise<StalePacket[]> {
    return this.claim(owner, now, leaseMs, limit, '', []);
  }

  /** Leases packets with recipients that have waited for a report until their deadline. */
  async claimOverdue(owner: string, now: number, leaseMs: number, limit: number): Promise<StalePacket[]> {
    return this.claim(owner, now, leaseMs, limit, 'AND give_up_at <= ? AND open_recipients > 0', [now]);
  }

  /**
   * Says when the packet is asked for again, or never (`null`). Changes nothing once all its recipients have ended,
   * and leaves a packet due that was hinted at while it was being asked for: the answer may be older than the hint.
   */
  async reschedule(packetId: string, owner: string, nextPollAt: number | null): Promise<void> {
    await this.database.transaction(async (unit) => {
      await unit.run(
        `UPDATE sms_pro_packet SET next_poll_at = ?
         WHERE packet_id = ? AND poll_lease_owner = ? AND next_poll_at = poll_lease_until`,
        [nextPollAt, packetId, owner],
      );
      await unit.run(
        `UPDATE sms_pro_packet SET polls = polls + 1, poll_lease_owner = NULL, poll_lease_until = NULL
         WHERE packet_id = ? AND poll_lease_owner = ?`,
        [packetId, owner],
      );
    });
  }

  /**
   * Leases one packet that has left dispatch, for a question by hand; when it is next polled stays as it is.
   *
   * @param isDispatchOver whether so much time has passed that what dispatch had open has ended, whatever its lease says
   */
  async lease(
    packetId: string,
    owner: string,
    now: number,
    leaseMs: number,
    isDispatchOver = false,
  ): Promise<PollLease> {
    return this.database.transaction(async (unit) => {
      const row = await unit.first(
        `SELECT state, lease_until, poll_lease_until FROM sms_pro_packet
         WHERE packet_id = ? AND account = ? ${unit.dialect.forUpdate}`,
        [packetId, unit.account],
      );
      if (row === null || !['accepted', 'unknown'].includes(oneOf(row, 'state', PACKET_STATES))) return 'closed';
      if ((intOrNull(row, 'poll_lease_until') ?? now) > now) return 'polled';
      if (!isDispatchOver && (intOrNull(row, 'lease_until') ?? now) > now) return 'dispatched';
      await unit.run('UPDATE sms_pro_packet SET poll_lease_owner = ?, poll_lease_until = ? WHERE packet_id = ?', [
        owner,
        now + leaseMs,
        packetId,
      ]);
      return 'taken';
    });
  }

  /** Ends a lease that was taken by hand. */
  async release(packetId: string, owner: string): Promise<void> {
    await this.database.transaction((unit) =>
      unit.run(
        `UPDATE sms_pro_packet SET poll_lease_owner = NULL, poll_lease_until = NULL
         WHERE packet_id = ? AND poll_lease_owner = ?`,
        [packetId, owner],
      ),
    );
  }

  /** Whether somebody is asking about the packet. */
  async isBeingPolled(packetId: string, now: number): Promise<boolean> {
    return this.database.read(async (session) => {
      const row = await session.first('SELECT poll_lease_until FROM sms_pro_packet WHERE packet_id = ?', [packetId]);
      return (intOrNull(row ?? {}, 'poll_lease_until') ?? now) > now;
    });
  }

  /** Makes packets due for a poll at once, also one that is being asked for: a push that is only a hint. */
  async pollNow(packetIds: readonly string[], now: number): Promise<void> {
    for (let at = 0; at < packetIds.length; at += IDS_AT_ONCE) {
      const part = packetIds.slice(at, at + IDS_AT_ONCE);
      await this.database.transaction((unit) =>
        unit.run(
          `UPDATE sms_pro_packet SET next_poll_at = ?
           WHERE account = ? AND next_poll_at > ? AND packet_id IN (${marks(part.length)})`,
          [now, unit.account, now, ...part],
        ),
      );
    }
  }

  /**
   * Makes packets due for one poll more in which one of these phones ended as `unknown`: a late report may settle it,
   * and a packet that has ended is not asked for any more.
   */
  async pollSettled(packetIds: readonly string[], phones: readonly string[], now: number): Promise<void> {
    for (let at = 0; at < packetIds.length; at += IDS_AT_ONCE) {
      const part = packetIds.slice(at, at + IDS_AT_ONCE);
      await this.database.transaction((unit) =>
        unit.run(
          `UPDATE sms_pro_packet SET next_poll_at = ?
           WHERE account = ? AND next_poll_at IS NULL AND state IN ('accepted', 'unknown')
             AND packet_id IN (${marks(part.length)}) AND EXISTS (
               SELECT 1 FROM sms_pro_recipient r WHERE r.root_packet_id = sms_pro_packet.root_packet_id
                 AND r.packet_id = sms_pro_packet.packet_id AND r.phone IN (${marks(phones.length)})
                 AND COALESCE(r.status, sms_pro_packet.state) = 'unknown')`,
          [now, unit.account, ...part, ...phones],
        ),
      );
    }
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
        `UPDATE sms_pro_packet SET open_recipients = 0, next_poll_at = NULL, ended_at = COALESCE(ended_at, ?),
           poll_lease_owner = NULL, poll_lease_until = NULL WHERE packet_id = ? AND state = 'accepted'`,
        [now, packetId],
      );
      await closeRecipients(unit, ended, now);
      return rows.length;
    });
  }

  /** A packet that is leased is due again when the lease ends: another value then is a hint that came meanwhile. */
  private async claim(
    owner: string,
    now: number,
    leaseMs: number,
    limit: number,
    also: string,
    parameters: readonly number[],
  ): Promise<StalePacket[]> {
    return this.database.transaction(async (unit) => {
      const rows = await unit.all(
        `SELECT packet_id, polls, open_recipients, give_up_at FROM sms_pro_packet
         WHERE account = ? AND next_poll_at <= ? AND ${NOT_LEASED} ${also}
         ORDER BY next_poll_at LIMIT ? ${unit.dialect.skipLocked}`,
        [unit.account, now, now, now, ...parameters, limit],
      );
      if (rows.length > 0) {
        await unit.run(
          `UPDATE sms_pro_packet SET poll_lease_owner = ?, poll_lease_until = ?, next_poll_at = ?
           WHERE packet_id IN (${marks(rows.length)})`,
          [owner, now + leaseMs, now + leaseMs, ...rows.map((row) => text(row, 'packet_id'))],
        );
      }
      return rows.map((row) => ({
        packetId: text(row, 'packet_id'),
        polls: int(row, 'polls'),
        giveUpAt: int(row, 'open_recipients') > 0 ? intOrNull(row, 'give_up_at') : null,
      }));
    });
  }
}
