import { billedOf } from './packet-billing.js';
import type { ClaimedPacket } from './claimed-packet.js';
import type { Assignments } from './lease-fence.js';
import type { AttemptRecord, PacketChange, Settlement } from './packet-change.js';
import { acceptedHead } from './packet-head.js';
import type { StorePolicy } from './store-policy.js';

/** A try or probe that has ended, and what follows from it. */
export interface SettleRequest {
  readonly packet: ClaimedPacket;
  readonly settlement: Settlement;
  readonly attempt: AttemptRecord;
  readonly now: number;
}

/** The columns of a packet after a try or probe, but for its lease. */
export function settledColumns(request: SettleRequest, policy: StorePolicy): Assignments {
  const { packet, settlement, attempt, now } = request;
  const { change, certainlyNotSent, refused } = settlement;
  const isSend = attempt.kind === 'send';
  const lastPostAt = isSend ? attempt.startedAt : (packet.lastTryAt ?? now);
  return {
    state: change.to,
    open_tries: packet.openTries - (certainlyNotSent ? 1 : 0),
    refusals: packet.refusals + (refused ? 1 : 0),
    probes: isSend ? 0 : packet.probes + 1,
    ...(isSend ? { last_post_at: attempt.startedAt } : {}),
    ...changedColumns(packet, change, policy, { lastPostAt, now }),
  };
}

function changedColumns(
  packet: ClaimedPacket,
  change: PacketChange,
  policy: StorePolicy,
  { lastPostAt, now }: { readonly lastPostAt: number; readonly now: number },
): Assignments {
  switch (change.to) {
    case 'accepted':
      return {
        test: change.test ? 1 : 0,
        ...billingColumns(packet, change),
        estimated: change.estimated ? 1 : 0,
        accepted_at: now,
        next_poll_at: change.test ? null : now + policy.staleAfterMs,
        give_up_at: lastPostAt + policy.giveUpAfterMs,
        ...(change.test ? { open_recipients: 0, ended_at: now } : {}),
      };
    case 'rejected':
      return { gateway_status: change.gatewayStatus, reason: change.reason, ended_at: now, open_recipients: 0 };
    case 'queued':
      return { gateway_status: change.gatewayStatus, due_at: change.dueAt };
    case 'uncertain':
      return {
        gateway_status: change.gatewayStatus,
        due_at: change.dueAt,
        held_status: change.held?.toString() ?? null,
        ...(change.triedAt === null ? {} : { last_try_at: change.triedAt }),
      };
    case 'expired':
    case 'unknown':
      return { reason: change.reason, ended_at: now, open_recipients: 0 };
    case 'canceled':
      return { reason: 'canceled', ended_at: now, open_recipients: 0 };
  }
}

/** The columns of an acceptance that are about the bill. */
export function billingColumns(
  packet: ClaimedPacket,
  change: Extract<PacketChange, { readonly to: 'accepted' }>,
): Assignments {
  return {
    gateway_status: change.gatewayStatus,
    phones: change.phones,
    smscnt: change.smscnt,
    billed: billedOf(acceptedHead(packet, change), change),
  };
}
