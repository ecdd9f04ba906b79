import type { UnitOfWork } from '../database/unit-of-work.js';
import type { ClaimedPacket } from './claimed-packet.js';
import type { Settlement } from './packet-change.js';

/** The condition that a recipient `r` has a report under the id of its own packet, and not of one that was replaced. */
export const HAS_REPORT = `r.report_code IS NOT NULL AND EXISTS (
  SELECT 1 FROM sms_pro_report x WHERE x.packet_id = r.packet_id AND x.phone = r.phone)`;

/** Whether a report under the packet's own id came for one of its phones: the gateway took it. */
export async function isReported(
  unit: UnitOfWork,
  { packetId, rootPacketId }: { readonly packetId: string; readonly rootPacketId: string },
): Promise<boolean> {
  const row = await unit.first(
    `SELECT r.phone FROM sms_pro_recipient r
     WHERE r.root_packet_id = ? AND r.packet_id = ? AND ${HAS_REPORT} LIMIT 1`,
    [rootPacketId, packetId],
  );
  return row !== null;
}

/**
 * What follows from a try during which a report came. A read 7 stays: some phones were taken, and the others go on in
 * new packets. Where the try was never sent, the report cannot be its own: the gateway is queried before the next POST.
 * Any other outcome is overruled: the packet is accepted.
 */
export function settlementAfterReport(packet: ClaimedPacket, settlement: Settlement, now: number): Settlement {
  const { change } = settlement;
  if (change.to === 'uncertain' && change.held?.isForPhones === true) return settlement;
  if (isNeverSent(packet, settlement)) {
    return {
      ...settlement,
      change: { to: 'uncertain', dueAt: now, triedAt: now, cause: 'early-report', gatewayStatus: null, held: null },
    };
  }
  // A test gets no reports: if there is one, the packet was really sent.
  if (change.to === 'accepted') return { ...settlement, change: { ...change, test: false } };
  return {
    change: {
      to: 'accepted',
      phones: null,
      smscnt: null,
      gatewayStatus: 'gatewayStatus' in change ? change.gatewayStatus : null,
      estimated: true,
      test: false,
    },
    certainlyNotSent: false,
    refused: settlement.refused,
  };
}

/** Whether no try of the packet was ever sent. */
function isNeverSent({ openTries }: ClaimedPacket, { change, certainlyNotSent, refused }: Settlement): boolean {
  return certainlyNotSent && !refused && openTries === 1 && change.to !== 'rejected' && change.to !== 'accepted';
}
