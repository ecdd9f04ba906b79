import { statusMeaning } from '../gateway/status-hint.js';
import type { ClaimedPacket } from '../store/claimed-packet.js';
import type { PacketChange, Settlement } from '../store/packet-change.js';
import type { ProbeOutcome } from './post-outcome.js';
import { rawStatus, reasonOfHeld, type DispatchRules } from './send-rules.js';

const MINUTE_MS = 60_000;

/** Longest distance between two probes of one packet, in ms. */
const LONGEST_PROBE_DELAY_MS = 10 * MINUTE_MS;

/** How long after the last try a packet past its deadline is still asked for, in ms. */
const LAST_LOOK_MS = 10 * MINUTE_MS;

/** What a probe of an uncertain packet leads to. */
export type ProbeVerdict =
  | { readonly kind: 'settle'; readonly settlement: Settlement }
  /** The gateway does not know the packet, long enough after the last try: the same id may be sent again. */
  | { readonly kind: 'repeat' };

/** When an uncertain packet is asked for again: at distances that double. */
export function nextProbeAt(packet: Pick<ClaimedPacket, 'probes'>, rules: DispatchRules, now: number): number {
  return now + Math.min(rules.uncertainDelayMs * 2 ** (packet.probes + 1), LONGEST_PROBE_DELAY_MS);
}

/** Whether a "not found" to a question sent at `askedAt` permits a repeat. It never proves that nothing was taken. */
function permitsRepeat(packet: ClaimedPacket, rules: DispatchRules, askedAt: number): boolean {
  return packet.lastTryAt !== null && askedAt - packet.lastTryAt > rules.repeatAfterMs;
}

function settle(change: PacketChange): ProbeVerdict {
  return { kind: 'settle', settlement: { change, certainlyNot: false, refused: false } };
}

function askAgain(
  packet: ClaimedPacket,
  rules: DispatchRules,
  now: number,
  cause: string,
  gatewayStatus: string | null,
) {
  return settle({
    to: 'uncertain',
    dueAt: nextProbeAt(packet, rules, now),
    triedAt: null,
    cause,
    gatewayStatus,
    heldStatus: packet.heldStatus,
  });
}

/** The last instant at which a packet past its deadline is still asked for. */
export function lastLookAt(packet: ClaimedPacket): number {
  return Math.max(packet.deadlineAt, (packet.lastTryAt ?? packet.deadlineAt) + LAST_LOOK_MS);
}

/** What becomes of an uncertain packet after one question that was sent at `askedAt`. */
export function settleProbe(
  packet: ClaimedPacket,
  outcome: ProbeOutcome,
  rules: DispatchRules,
  askedAt: number,
  now: number,
): ProbeVerdict {
  if (outcome.kind === 'found') {
    const ours = new Set(packet.phones);
    if (outcome.reports.some((report) => ours.has(report.phone))) {
      return settle({
        to: 'accepted',
        phones: null,
        smscnt: null,
        gatewayStatus: packet.heldStatus === null ? null : rawStatus(packet.heldStatus),
        estimated: true,
        test: packet.test,
      });
    }
  }
  const cause = outcome.kind === 'unclear' ? outcome.cause : outcome.kind;
  const gatewayStatus = outcome.kind === 'unclear' ? outcome.gatewayStatus : null;
  if (outcome.kind !== 'not-found' || !permitsRepeat(packet, rules, askedAt)) {
    return now >= lastLookAt(packet)
      ? settle({ to: 'unknown', reason: 'deadline' })
      : askAgain(packet, rules, now, cause, gatewayStatus);
  }
  const held = packet.heldStatus;
  const reason = held === null ? null : reasonOfHeld(held);
  if (held !== null && reason !== null) {
    const status = rawStatus(held);
    return settle({ to: 'rejected', reason, gatewayStatus: status, hint: statusMeaning('message', status).hint });
  }
  if (now >= lastLookAt(packet)) return settle({ to: 'unknown', reason: 'deadline' });
  // 10 says that the gateway knows the id: it is never POSTed again, and neither is what is past its deadline or canceled.
  const mayRepeat = held !== '10' && now < packet.deadlineAt && !packet.cancelRequested;
  return mayRepeat ? { kind: 'repeat' } : askAgain(packet, rules, now, cause, gatewayStatus);
}
