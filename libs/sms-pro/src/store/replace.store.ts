import { insertAttempt } from './attempt-rows.js';
import type { ClaimedPacket } from './claimed-packet.js';
import { LEASE_ENDED, updateLeased, type Assignments } from './lease-fence.js';
import type { AttemptRecord, Replacement } from './packet-change.js';
import { billedOf, tellAccepted } from './packet-outcome.js';
import { moveToNewPackets } from './packet-replacement.js';
import { textOrNull } from './row-reader.js';
import { headOf, type SettlePolicy } from './settle.store.js';
import type { SmsProDatabase } from './sms-pro.database.js';

/** Replaces packets: a new id is always a new packet, and the old one stays known. */
export class ReplaceStore {
  constructor(
    private readonly database: SmsProDatabase,
    private readonly policy: SettlePolicy,
  ) {}

  /**
   * Replaces an uncertain packet: phones that the gateway shows stay and are accepted, the others go on under new ids.
   * Returns `false`, with the probe recorded and nothing else changed, when the packet is no longer this worker's.
   */
  async replace(
    packet: ClaimedPacket,
    { kept, groups }: Replacement,
    attempt: AttemptRecord,
    now: number,
  ): Promise<boolean> {
    return this.database.transaction(async (unit) => {
      await insertAttempt(unit, {
        packetId: packet.packetId,
        number: packet.probes + 1,
        owner: packet.lease.owner,
        record: attempt,
      });
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
      await moveToNewPackets(unit, packet.packetId, groups, now);
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
