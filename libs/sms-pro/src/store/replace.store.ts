import { recordAttempt } from './attempt-rows.js';
import { CANCELED_COLUMN, type ClaimedPacket } from './claimed-packet.js';
import { LEASE_ENDED, updateLeased, type Assignments } from './lease-fence.js';
import type { AttemptRecord, Replacement } from './packet-change.js';
import { billedOf, tellAccepted } from './packet-outcome.js';
import { moveToNewPackets } from './packet-replacement.js';
import { cancelReturned, canceledPhonesOf } from './packet-share.js';
import { flag, text, textOrNull } from './row-reader.js';
import { headOf, type SettlePolicy } from './settle.store.js';
import type { SmsProDatabase } from './sms-pro.database.js';
import type { UnitOfWork } from './unit-of-work.js';

/** Replaces packets: a new id is always a new packet, and the old one stays known. */
export class ReplaceStore {
  constructor(
    private readonly database: SmsProDatabase,
    private readonly policy: SettlePolicy,
  ) {}

  /**
   * Replaces an uncertain packet: phones that the gateway shows stay and are accepted, the others go on under new ids.
   * Returns `false`, with the probe recorded, when the packet is no longer this worker's, or was canceled while the
   * gateway was asked: then it is asked about again at `askAgainAt`.
   */
  async replace(
    packet: ClaimedPacket,
    { kept: shown, groups: parts }: Replacement,
    attempt: AttemptRecord,
    now: number,
    askAgainAt: number,
  ): Promise<boolean> {
    return this.database.transaction(async (unit) => {
      recordAttempt(unit, {
        packetId: packet.packetId,
        number: packet.probes + 1,
        owner: packet.lease.owner,
        record: attempt,
      });
      const row = await unit.first(
        `SELECT ${CANCELED_COLUMN} FROM sms_pro_packet p WHERE p.packet_id = ? ${unit.dialect.forUpdate}`,
        [packet.packetId],
      );
      if (row === null || flag(row, 'cancel_requested')) {
        await updateLeased(
          unit,
          packet,
          { due_at: askAgainAt, probes: packet.probes + 1, ...LEASE_ENDED },
          'uncertain',
        );
        return false;
      }
      // A report may have come while the gateway was asked: its phone was taken, whatever it says, and must not go out
      // again.
      const reported = await unit.all(
        'SELECT phone FROM sms_pro_recipient WHERE root_packet_id = ? AND packet_id = ? AND report_code IS NOT NULL',
        [packet.rootPacketId, packet.packetId],
      );
      const kept = [...new Set([...shown, ...reported.map((one) => text(one, 'phone'))])];
      // Of a packet that several messages share, some may be canceled.
      const canceled = await canceledPhonesOf(unit, headOf(packet));
      const going = parts.map((phones) => phones.filter((phone) => !kept.includes(phone)));
      const groups = going.map((phones) => phones.filter((phone) => !canceled.has(phone)));
      const takenBack = going.flat().filter((phone) => canceled.has(phone));
      const head = { ...headOf(packet), recipients: kept.length };
      const change = { phones: null, smscnt: null, estimated: true };
      const state: Assignments =
        kept.length === 0
          ? { state: 'split', ended_at: now }
          : {
              state: 'accepted',
              billed: billedOf(head, change),
              estimated: 1,
              accepted_at: now,
              next_poll_at: now + this.policy.staleAfterMs,
              give_up_at: (packet.lastTryAt ?? now) + this.policy.giveUpAfterMs,
            };
      const assigned = { ...state, recipients: kept.length, ...LEASE_ENDED };
      if (!(await updateLeased(unit, packet, assigned, 'uncertain'))) return false;
      await moveToNewPackets(
        unit,
        packet.packetId,
        groups.filter((phones) => phones.length > 0),
        now,
      );
      if (takenBack.length > 0) await this.cancel(unit, packet, takenBack, now);
      // Some of those that stay may have ended by a report already.
      await unit.run(
        `UPDATE sms_pro_packet SET open_recipients = (SELECT COUNT(*) FROM sms_pro_recipient r
           WHERE r.root_packet_id = ? AND r.packet_id = ? AND (r.status IS NULL OR r.status IN ('accepted', 'sent')))
         WHERE packet_id = ?`,
        [packet.rootPacketId, packet.packetId, packet.packetId],
      );
      if (kept.length > 0) await tellAccepted(unit, head, change, now);
      return true;
    });
  }

  /** Ends phones under an id of their own, which is never sent. */
  private async cancel(unit: UnitOfWork, packet: ClaimedPacket, phones: readonly string[], now: number): Promise<void> {
    for (const packetId of await moveToNewPackets(unit, packet.packetId, [phones], now)) {
      await cancelReturned(unit, { ...headOf(packet), packetId, recipients: phones.length }, this.policy, now);
    }
  }

  /** What the gateway said when it refused a packet: it can name the phones at fault. */
  async lastWords(packetId: string, gatewayStatus: string): Promise<string | null> {
    return this.database.read(async (session) => {
      const row = await session.first(
        `SELECT detail FROM sms_pro_attempt WHERE packet_id = ? AND kind = 'send' AND gateway_status = ?
         ORDER BY attempt_id DESC LIMIT 1`,
        [packetId, gatewayStatus],
      );
      return row === null ? null : textOrNull(row, 'detail');
    });
  }
}
