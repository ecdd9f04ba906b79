import type { UnitOfWork } from '../database/unit-of-work.js';
import type { ClaimedPacket } from './claimed-packet.js';
import type { PacketChange } from './packet-change.js';
import { acceptedHead, headOf, type PacketHead } from './packet-head.js';
import { endRecipientsOf, recordAccepted, recordUncertain, type RecipientEnd } from './packet-outcome.js';
import { PhoneMoves } from './phone-moves.js';
import type { StorePolicy } from './store-policy.js';

/** Ends of a packet that was certainly not sent. */
const ENDS_UNSENT: ReadonlySet<PacketChange['to']> = new Set(['rejected', 'expired', 'canceled']);

/** Records the events of a change, and ends or moves the recipients of the packet with it. */
export async function applyChange(
  unit: UnitOfWork,
  packet: ClaimedPacket,
  change: PacketChange,
  { policy, now }: { readonly policy: StorePolicy; readonly now: number },
): Promise<void> {
  const head = headOf(packet);
  const moves = new PhoneMoves(unit, policy, now);
  const end = (how: RecipientEnd) => endRecipientsOf(unit, [head], how, { policy, now });
  if (ENDS_UNSENT.has(change.to)) await moves.reportedBackFromEnd(head);
  switch (change.to) {
    case 'accepted':
      return recordAccepted(unit, acceptedHead(packet, change), change, now);
    case 'rejected':
      recordRejected(unit, head, change, now);
      return end({ status: 'rejected', reason: change.reason });
    case 'uncertain':
      // Recorded once per try: a probe without a result is not an event.
      if (change.triedAt !== null) {
        const row = { message_id: head.messageId, packet_id: head.packetId, recipients: head.recipients };
        recordUncertain(unit, row, now, change.cause);
      }
      return;
    case 'expired':
    case 'unknown':
      return end({ status: change.to, reason: change.reason });
    case 'canceled':
      return end({ status: 'canceled', reason: 'canceled' });
    case 'queued': {
      // First the phones that were taken: the cancel must not end phones that already have the message.
      const packetId = await moves.reportedBackFromQueue(head);
      if (packetId !== null) await moves.cancelRequested({ ...head, packetId });
      return;
    }
    default:
      // A new state does not compile without its case here.
      return change satisfies never;
  }
}

function recordRejected(
  unit: UnitOfWork,
  head: PacketHead,
  { reason, gatewayStatus, hint }: Extract<PacketChange, { readonly to: 'rejected' }>,
  now: number,
): void {
  unit.recordEvent({
    name: 'packet.rejected',
    occurredAt: now,
    messageId: head.messageId,
    packetId: head.packetId,
    orderKey: head.packetId,
    detail: { recipients: head.recipients, reason, gatewayStatus, hint },
  });
}
