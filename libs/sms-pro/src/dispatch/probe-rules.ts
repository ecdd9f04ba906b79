import type { GatewayReport } from '../gateway/dr.codec.js';
import { statusMeaning } from '../gateway/status-hint.js';
import type { ClaimedPacket } from '../store/claimed-packet.js';
import type { PacketChange, Settlement } from '../store/packet-change.js';
import type { ProbeOutcome } from './post-outcome.js';
import { ID_USED_UP, rawStatus, reasonOfHeld, type DispatchRules } from './send-rules.js';

const MINUTE_MS = 60_000;

/** Longest distance between two probes of one packet, in ms. */
const LONGEST_PROBE_DELAY_MS = 10 * MINUTE_MS;

/** How long after the last try a packet past its deadline is still asked for, in ms. */
const LAST_LOOK_MS = 10 * MINUTE_MS;

/** What a probe of an uncertain packet leads to. */
export type ProbeVerdict =
  | { readonly kind: 'settle'; readonly settlement: Settlement }
  /** The gateway does not know the packet, long enough after the last try: the same id may be sent again. */
  | { readonly kind: 'repeat' }
  /** New packets under new ids: `split` where some phones may be at fault, else the groups given. */
  | { readonly kind: 'replace'; readonly kept: readonly string[]; readonly groups: 'split' | string[][] };

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

/** A new id is taken only for what may still be sent. */
function mayReplace(packet: ClaimedPacket, now: number): boolean {
  return now < packet.deadlineAt && !packet.cancelRequested;
}

function ofFound(
  packet: ClaimedPacket,
  reports: readonly GatewayReport[],
  permitted: boolean,
  now: number,
): ProbeVerdict | null {
  const shown = new Set([...reports.map((report) => report.phone), ...packet.reported]);
  const kept = packet.phones.filter((phone) => shown.has(phone));
  const others = packet.phones.filter((phone) => !shown.has(phone));
  if (kept.length === 0) {
    // The id is somebody else's packet: ours was never taken under it.
    return shown.size > 0 && mayReplace(packet, now)
      ? { kind: 'replace', kept: [], groups: [[...packet.phones]] }
      : null;
  }
  if (packet.heldStatus === '7' && others.length > 0) {
    // Some were taken. The others only count as not taken when a repeat would be permitted.
    if (!permitted) return null;
    if (mayReplace(packet, now)) return { kind: 'replace', kept, groups: 'split' };
  }
  return settle({
    to: 'accepted',
    phones: null,
    smscnt: null,
    gatewayStatus: packet.heldStatus === null ? null : rawStatus(packet.heldStatus),
    estimated: true,
    test: packet.test,
  });
}

/** What a refusal that was held back comes to, once the gateway shows no sign of the packet. */
function ofHeld(packet: ClaimedPacket, held: string, now: number): ProbeVerdict | null {
  if (held === '7' && packet.phones.length > 1) {
    // One bad phone among many does not make the others bad: without a split nobody knows which it was.
    return mayReplace(packet, now) ? { kind: 'replace', kept: [], groups: 'split' } : null;
  }
  if (held === ID_USED_UP) {
    const waited = packet.lastTryAt !== null && now - packet.lastTryAt >= LAST_LOOK_MS;
    return waited && mayReplace(packet, now) ? { kind: 'replace', kept: [], groups: [[...packet.phones]] } : null;
  }
  const reason = reasonOfHeld(held);
  if (reason === null) return null;
  const status = rawStatus(held);
  return settle({ to: 'rejected', reason, gatewayStatus: status, hint: statusMeaning('message', status).hint });
}

/** What becomes of an uncertain packet after one question that was sent at `askedAt`. */
export function settleProbe(
  packet: ClaimedPacket,
  outcome: ProbeOutcome,
  rules: DispatchRules,
  askedAt: number,
  now: number,
): ProbeVerdict {
  const permitted = permitsRepeat(packet, rules, askedAt);
  const reports = outcome.kind === 'found' ? outcome.reports : [];
  if (outcome.kind === 'found' || (outcome.kind === 'not-found' && packet.reported.length > 0)) {
    const verdict = ofFound(packet, reports, permitted, now);
    if (verdict !== null) return verdict;
  }
  const held = packet.heldStatus;
  if (outcome.kind === 'not-found' && permitted && held !== null) {
    const verdict = ofHeld(packet, held, now);
    if (verdict !== null) return verdict;
  }
  if (now >= lastLookAt(packet)) return settle({ to: 'unknown', reason: 'deadline' });
  // 10 says that the gateway knows the id: it is never POSTed again, and neither is what is past its deadline or canceled.
  const mayRepeat = held !== '10' && held !== '7' && held !== ID_USED_UP && mayReplace(packet, now);
  if (outcome.kind === 'not-found' && permitted && mayRepeat) return { kind: 'repeat' };
  const cause = outcome.kind === 'unclear' ? outcome.cause : outcome.kind;
  return askAgain(packet, rules, now, cause, outcome.kind === 'unclear' ? outcome.gatewayStatus : null);
}
