import type { UnitOfWork } from '../database/unit-of-work.js';
import { ACCEPTED_BY_REPORT, billedOf } from './packet-billing.js';
import type { PacketHead } from './packet-head.js';
import { recordAccepted } from './packet-outcome.js';
import type { StorePolicy } from './store-policy.js';

/** Accepts an open packet of which no answer was read: a report proves that the gateway took it. The lease stays. */
export async function acceptByReport(
  unit: UnitOfWork,
  packet: PacketHead,
  policy: StorePolicy,
  now: number,
): Promise<void> {
  // A test gets no reports: if there is one, the packet was really sent.
  const head = { ...packet, test: false };
  await unit.run(
    `UPDATE sms_pro_packet SET state = 'accepted', test = 0, accepted_at = ?, estimated = 1, billed = ?, next_poll_at = ?,
       give_up_at = ? WHERE packet_id = ?`,
    [now, billedOf(head, ACCEPTED_BY_REPORT), now + policy.staleAfterMs, now + policy.giveUpAfterMs, head.packetId],
  );
  await recordAccepted(unit, head, ACCEPTED_BY_REPORT, now);
}
