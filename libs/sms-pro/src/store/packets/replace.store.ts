import { flag, text, textOrNull } from '../database/row-reader.js';
import type { SmsProDatabase } from '../database/sms-pro.database.js';
import type { UnitOfWork } from '../database/unit-of-work.js';
import { recordAttempt } from './attempt-rows.js';
import { CANCELED_COLUMN, type ClaimedPacket } from './claimed-packet.js';
import { LEASE_ENDED, updateLeased, type Assignments } from './lease-fence.js';
import { ACCEPTED_BY_REPORT, billedOf } from './packet-billing.js';
import type { AttemptRecord, Replacement } from './packet-change.js';
import { headOf } from './packet-head.js';
import { recordAccepted } from './packet-outcome.js';
import { canceledPhonesOf } from './packet-phones.js';
import { PhoneMoves } from './phone-moves.js';
import type { StorePolicy } from './store-policy.js';
import { isOpenRecipient } from './open-rows.js';

/** A probe that leads to a replacement. */
export interface ReplaceRequest {
  readonly packet: ClaimedPacket;
  readonly replacement: Replacement;
  readonly attempt: AttemptRecord;
  readonly now: number;
  /** When the packet is probed again, if it was canceled meanwhile. */
  readonly askAgainAt: number;
}

/** Replaces packets: a new id is always a new packet, and the old one stays known. */
export class ReplaceStore {
  constructor(
    private readonly database: SmsProDatabase,
    private readonly policy: StorePolicy,
  ) {}

  /**
   * Replaces an uncertain packet: phones that the gateway shows stay and are accepted, the others move into new packets.
   * Returns `false`, with only the probe recorded, if the packet is no longer this worker's, or was canceled during the
   * probe.
   */
  async replace({ packet, replacement, attempt, now, askAgainAt }: ReplaceRequest): Promise<boolean> {
    return this.database.transaction(async (unit) => {
      recordAttempt(unit, {
        packetId: packet.packetId,
        number: packet.probes + 1,
        owner: packet.lease.owner,
        record: attempt,
      });
      if (await this.isCanceled(unit, packet)) {
        await updateLeased(
          unit,
          packet,
          { due_at: askAgainAt, probes: packet.probes + 1, ...LEASE_ENDED },
          'uncertain',
        );
        return false;
      }
      const kept = await this.keptPhones(unit, packet, replacement);
      // Some messages of a shared packet may be canceled.
      const canceled = await canceledPhonesOf(unit, packet);
      const moving = replacement.groups.map((phones) => phones.filter((phone) => !kept.includes(phone)));
      const groups = moving.map((phones) => phones.filter((phone) => !canceled.has(phone)));
      const ending = moving.flat().filter((phone) => canceled.has(phone));
      const assigned = { ...this.columns(packet, kept, now), recipients: kept.length, ...LEASE_ENDED };
      if (!(await updateLeased(unit, packet, assigned, 'uncertain'))) return false;
      const moves = new PhoneMoves(unit, this.policy, now);
      await moves.toNewPackets(
        packet.packetId,
        groups.filter((phones) => phones.length > 0),
      );
      if (ending.length > 0) await this.cancel(moves, packet, ending);
      // Some of those that stay may have got a final report already.
      await unit.run(
        `UPDATE sms_pro_packet SET open_recipients = (SELECT COUNT(*) FROM sms_pro_recipient r
           WHERE r.root_packet_id = ? AND r.packet_id = ? AND ${isOpenRecipient('r')})
         WHERE packet_id = ?`,
        [packet.rootPacketId, packet.packetId, packet.packetId],
      );
      if (kept.length > 0) {
        await recordAccepted(unit, { ...headOf(packet), recipients: kept.length }, ACCEPTED_BY_REPORT, now);
      }
      return true;
    });
  }

  /** The gateway's message at the last refusal with this status: it can name the phones at fault. */
  async refusalMessage(packetId: string, gatewayStatus: string): Promise<string | null> {
    return this.database.read(async (session) => {
      const row = await session.first(
        `SELECT detail FROM sms_pro_attempt WHERE packet_id = ? AND kind = 'send' AND gateway_status = ?
         ORDER BY attempt_id DESC LIMIT 1`,
        [packetId, gatewayStatus],
      );
      return row === null ? null : textOrNull(row, 'detail');
    });
  }

  private async isCanceled(unit: UnitOfWork, { packetId }: ClaimedPacket): Promise<boolean> {
    const row = await unit.first(
      `SELECT ${CANCELED_COLUMN} FROM sms_pro_packet p WHERE p.packet_id = ? ${unit.dialect.forUpdate}`,
      [packetId],
    );
    return row === null || flag(row, 'cancel_requested');
  }

  /** A report may have come during the probe: whatever it says, its phone was taken and must not get the message again. */
  private async keptPhones(unit: UnitOfWork, packet: ClaimedPacket, { kept }: Replacement): Promise<string[]> {
    const reported = await unit.all(
      'SELECT phone FROM sms_pro_recipient WHERE root_packet_id = ? AND packet_id = ? AND report_code IS NOT NULL',
      [packet.rootPacketId, packet.packetId],
    );
    return [...new Set([...kept, ...reported.map((row) => text(row, 'phone'))])];
  }

  private columns(packet: ClaimedPacket, kept: readonly string[], now: number): Assignments {
    if (kept.length === 0) return { state: 'split', ended_at: now };
    return {
      state: 'accepted',
      billed: billedOf({ ...headOf(packet), recipients: kept.length }, ACCEPTED_BY_REPORT),
      estimated: 1,
      accepted_at: now,
      next_poll_at: now + this.policy.staleAfterMs,
      give_up_at: (packet.lastTryAt ?? now) + this.policy.giveUpAfterMs,
    };
  }

  /** Ends phones in a packet of their own, which is never sent. */
  private async cancel(moves: PhoneMoves, packet: ClaimedPacket, phones: readonly string[]): Promise<void> {
    for (const packetId of await moves.toNewPackets(packet.packetId, [phones])) {
      await moves.cancelRequested({ ...headOf(packet), packetId, recipients: phones.length });
    }
  }
}
