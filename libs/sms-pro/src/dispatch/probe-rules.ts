import { statusMeaning } from '../gateway/status/status-tables.js';
import { backOffMs } from '../message/back-off.js';
import type { HeldRefusal } from '../message/held-refusal.js';
import type { PhoneReport } from '../message/incoming-report.js';
import type { ClaimedPacket } from '../store/packets/claimed-packet.js';
import type { PacketChange, Settlement } from '../store/packets/packet-change.js';
import type { ProbeOutcome } from './post-outcome.js';
import { reasonOfHeld, type DispatchRules } from './send-rules.js';

const MINUTE_MS = 60_000;

/** The longest delay between two probes of one packet, in ms. */
const MAX_PROBE_DELAY_MS = 10 * MINUTE_MS;

/** How long after its last try a packet past its deadline is still probed, in ms. */
const LAST_PROBE_MS = 10 * MINUTE_MS;

/** What a probe of an uncertain packet leads to. */
export type ProbeVerdict =
  | { readonly kind: 'settle'; readonly settlement: Settlement }
  /** The gateway does not know the packet, long enough after the last try: the same id may be sent again. */
  | { readonly kind: 'repeat' }
  /** New packets under new ids: `split` if some phones may be at fault, else the groups given. */
  | { readonly kind: 'replace'; readonly kept: readonly string[]; readonly groups: 'split' | string[][] };

/** When an uncertain packet is probed again: the delays double. */
export function nextProbeAt(packet: Pick<ClaimedPacket, 'probes'>, rules: DispatchRules, now: number): number {
  return now + backOffMs(rules.uncertainDelayMs, packet.probes + 1, MAX_PROBE_DELAY_MS);
}

/** Whether a "not found" to a probe sent at `askedAt` permits a repeat. It never proves that nothing was taken. */
function permitsRepeat(packet: ClaimedPacket, rules: DispatchRules, askedAt: number): boolean {
  return packet.lastTryAt !== null && askedAt - packet.lastTryAt > rules.repeatAfterMs;
}

function settle(change: PacketChange): ProbeVerdict {
  return { kind: 'settle', settlement: { change, certainlyNotSent: false, refused: false } };
}

/** An uncertain packet stays so, and is probed again at `dueAt`. No try was made. */
export function stillUncertain(
  packet: ClaimedPacket,
  {
    dueAt,
    cause,
    gatewayStatus = null,
  }: { readonly dueAt: number; readonly cause: string; readonly gatewayStatus?: string | null },
): PacketChange {
  return { to: 'uncertain', dueAt, triedAt: null, cause, gatewayStatus, held: packet.held };
}

/** Until when a packet past its deadline is still probed. */
function lastProbeAt(packet: ClaimedPacket): number {
  return Math.max(packet.deadlineAt, (packet.lastTryAt ?? packet.deadlineAt) + LAST_PROBE_MS);
}

/** Whether a packet may still be sent, and so may get a new id. */
function mayReplace(packet: ClaimedPacket, now: number): boolean {
  return now < packet.deadlineAt && !packet.cancelRequested;
}

function ofFound(
  packet: ClaimedPacket,
  reports: readonly PhoneReport[],
  isRepeatPermitted: boolean,
  now: number,
): ProbeVerdict | null {
  const shown = new Set([...reports.map((report) => report.phone), ...packet.reported]);
  const kept = packet.phones.filter((phone) => shown.has(phone));
  const others = packet.phones.filter((phone) => !shown.has(phone));
  if (kept.length === 0) {
    // The gateway has another packet under this id: ours was never taken under it.
    return shown.size > 0 && mayReplace(packet, now)
      ? { kind: 'replace', kept: [], groups: [[...packet.phones]] }
      : null;
  }
  if (packet.held?.isForPhones === true && others.length > 0) {
    // Some were taken. The others count as not taken only if a repeat would be permitted.
    if (!isRepeatPermitted) return null;
    if (mayReplace(packet, now)) return { kind: 'replace', kept, groups: 'split' };
  }
  return settle({
    to: 'accepted',
    phones: null,
    smscnt: null,
    gatewayStatus: packet.held?.status ?? null,
    estimated: true,
    test: packet.test,
  });
}

/** What a held refusal leads to if the gateway still does not know the packet. */
function ofHeld(packet: ClaimedPacket, held: HeldRefusal, now: number): ProbeVerdict | null {
  if (held.isForPhones && packet.phones.length > 1) {
    // The refusal may be for one phone of many, and only a split shows for which.
    return mayReplace(packet, now) ? { kind: 'replace', kept: [], groups: 'split' } : null;
  }
  if (held.isIdUsedUp) {
    const waited = packet.lastTryAt !== null && now - packet.lastTryAt >= LAST_PROBE_MS;
    return waited && mayReplace(packet, now) ? { kind: 'replace', kept: [], groups: [[...packet.phones]] } : null;
  }
  const reason = reasonOfHeld(held);
  if (reason === null) return null;
  const { hint } = statusMeaning('message', held.status);
  return settle({ to: 'rejected', reason, gatewayStatus: held.status, hint });
}

/** What happens to an uncertain packet after one probe that was sent at `askedAt`. */
export function settleProbe(
  packet: ClaimedPacket,
  outcome: ProbeOutcome,
  rules: DispatchRules,
  { askedAt, now }: { readonly askedAt: number; readonly now: number },
): ProbeVerdict {
  const isRepeatPermitted = permitsRepeat(packet, rules, askedAt);
  const reports = outcome.kind === 'found' ? outcome.reports : [];
  // Where no try was ever sent, a report is no proof: only what the gateway shows counts.
  const isProven = packet.reported.length > 0 && packet.openTries > 0;
  if (outcome.kind === 'found' || (outcome.kind === 'not-found' && isProven)) {
    const verdict = ofFound(packet, reports, isRepeatPermitted, now);
    if (verdict !== null) return verdict;
  }
  const { held } = packet;
  if (outcome.kind === 'not-found' && isRepeatPermitted && held !== null) {
    const verdict = ofHeld(packet, held, now);
    if (verdict !== null) return verdict;
  }
  if (now >= lastProbeAt(packet)) return settle({ to: 'unknown', reason: 'deadline' });
  // Nor is a packet sent again that is past its deadline or canceled.
  const mayRepeat = held?.forbidsRepeat !== true && mayReplace(packet, now);
  if (outcome.kind === 'not-found' && isRepeatPermitted && mayRepeat) return { kind: 'repeat' };
  return settle(
    stillUncertain(packet, {
      dueAt: nextProbeAt(packet, rules, now),
      cause: outcome.kind === 'unclear' ? outcome.cause : outcome.kind,
      gatewayStatus: outcome.kind === 'unclear' ? outcome.gatewayStatus : null,
    }),
  );
}
