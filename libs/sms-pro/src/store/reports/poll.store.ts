import { int, intOrNull, text } from '../database/row-reader.js';
import type { StorePolicy } from '../packets/store-policy.js';
import type { SmsProDatabase } from '../database/sms-pro.database.js';
import { marks } from '../dialects/sql-statement.js';
import { endUnreported } from './end-unreported.js';

/** A packet that is due for a poll. */
export interface StalePacket {
  readonly packetId: string;
  /** How often it was polled before. */
  readonly polls: number;
  /** When its open recipients become `unknown`; `null` if none is open. */
  readonly giveUpAt: number | null;
}

/**
 * Whether a packet may be queried now. `polled`: it is already being polled. `dispatched`: a request or a probe of
 * dispatch may be open. `closed`: this account has no such packet, or dispatch has not finished with it.
 */
export type PollLease = 'taken' | 'polled' | 'dispatched' | 'closed';

/** Ids in one IN list, at most. */
const MAX_IDS = 500;

/** No other query may be open: a push can make a packet accepted while a probe of dispatch still is. */
const NOT_LEASED = '(poll_lease_until IS NULL OR poll_lease_until <= ?) AND (lease_until IS NULL OR lease_until <= ?)';

/** Who leases packets for a poll, and until when. */
export interface PollLeaseRequest {
  readonly owner: string;
  readonly now: number;
  readonly leaseMs: number;
}

/** Accepted packets that wait for reports. Each is polled by one process at a time. */
export class PollStore {
  constructor(
    private readonly database: SmsProDatabase,
    private readonly policy: StorePolicy,
  ) {}

  /** Leases packets whose next poll is due. */
  async claimStale(request: PollLeaseRequest, limit: number): Promise<StalePacket[]> {
    return this.claim(request, limit, '', []);
  }

  /** Leases packets whose open recipients have waited for a report until their deadline. */
  async claimOverdue(request: PollLeaseRequest, limit: number): Promise<StalePacket[]> {
    return this.claim(request, limit, 'AND give_up_at <= ? AND open_recipients > 0', [request.now]);
  }

  /**
   * Sets when the packet is polled again; `null` means never. Changes nothing once all its recipients have ended. A
   * packet for which a hint came during the poll stays due: the answer may be older than the hint.
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
   * Leases one packet that has left dispatch, for a refresh by hand. Does not change when it is polled next.
   *
   * @param isDispatchOver whether so much time has passed that every request of dispatch has ended, whatever its lease
   * says
   */
  async lease(packetId: string, { owner, now, leaseMs }: PollLeaseRequest, isDispatchOver = false): Promise<PollLease> {
    return this.database.transaction(async (unit) => {
      const row = await unit.first(
        `SELECT state, lease_until, poll_lease_until FROM sms_pro_packet
         WHERE packet_id = ? AND account = ? ${unit.dialect.forUpdate}`,
        [packetId, unit.account],
      );
      if (row === null || !['accepted', 'unknown'].includes(text(row, 'state'))) return 'closed';
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

  /** Ends a lease that was taken for a refresh. */
  async release(packetId: string, owner: string): Promise<void> {
    await this.database.transaction((unit) =>
      unit.run(
        `UPDATE sms_pro_packet SET poll_lease_owner = NULL, poll_lease_until = NULL
         WHERE packet_id = ? AND poll_lease_owner = ?`,
        [packetId, owner],
      ),
    );
  }

  /** Whether the packet is being polled. */
  async isBeingPolled(packetId: string, now: number): Promise<boolean> {
    return this.database.read(async (session) => {
      const row = await session.first('SELECT poll_lease_until FROM sms_pro_packet WHERE packet_id = ?', [packetId]);
      return (intOrNull(row ?? {}, 'poll_lease_until') ?? now) > now;
    });
  }

  /** Makes packets due for a poll now, even one that is being polled: for a push that is only a hint. */
  async pollNow(packetIds: readonly string[], now: number): Promise<void> {
    for (let at = 0; at < packetIds.length; at += MAX_IDS) {
      const part = packetIds.slice(at, at + MAX_IDS);
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
   * Makes packets due for one more poll if one of these phones ended in them as `unknown`: a late report may settle it,
   * and a packet that has ended is otherwise not polled.
   */
  async pollSettled(packetIds: readonly string[], phones: readonly string[], now: number): Promise<void> {
    for (let at = 0; at < packetIds.length; at += MAX_IDS) {
      const part = packetIds.slice(at, at + MAX_IDS);
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

  /** Ends the open recipients of a packet as `unknown`: their deadline for a report has passed. Returns how many. */
  async giveUp(packetId: string, now: number): Promise<number> {
    return this.database.transaction((unit) => endUnreported(unit, this.policy, packetId, now));
  }

  /** Leases packets. Each is due again when its lease ends: if it is due at another instant, a hint came meanwhile. */
  private async claim(
    { owner, now, leaseMs }: PollLeaseRequest,
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
