import { SmsProInvariantError } from '../errors/sms-pro.errors.js';
import type { ClockMark } from '../message/clock.js';
import type { SmsProConfirmSlot } from '../options/scheduler.js';
import type { ClaimedPacket } from '../store/packets/claimed-packet.js';
import type { PacketChange } from '../store/packets/packet-change.js';
import { probeRecord, sendRecord, unsentRecord } from './attempt-records.js';
import { logOutcome } from './outcome-log.js';
import { PatientSettle } from './patient-settle.js';
import { post, probe, type PostOutcome } from './post-outcome.js';
import { nextProbeAt, stillUncertain } from './probe-rules.js';
import { settleSend } from './send-rules.js';
import { UncertainPacketWorker } from './uncertain-packet-worker.js';
import type { WorkerParts, WorkerRules } from './worker-parts.js';

/** Time, in ms, that must be left of a lease after a request has used all of its own. */
const LEASE_RESERVE_MS = 5_000;

/** A slot is confirmed again if its confirmation took longer than this, in ms: the process may have been suspended. */
const MAX_CONFIRMATION_AGE_MS = 2_000;

/** What is called around a POST. */
export interface PostHooks {
  /** Called right before a POST; if it returns `false`, the packet is put back. */
  readonly confirmSlot?: SmsProConfirmSlot | undefined;
  /** The gateway took the packet: its request is over, and only the settle is left. */
  readonly onTaken?: () => void;
}

/** Works one claimed packet: one POST or one probe, and what follows from it. */
export class PacketWorker {
  private readonly settles: PatientSettle;
  private readonly uncertain: UncertainPacketWorker;

  constructor(
    private readonly rules: WorkerRules,
    private readonly parts: WorkerParts,
  ) {
    this.settles = new PatientSettle(parts.settles, parts.clock);
    this.uncertain = new UncertainPacketWorker(rules, { ...parts, settles: this.settles });
  }

  /** A settle that the database refuses is not tried again from now on. */
  stop(): void {
    this.settles.stop();
  }

  /**
   * @param claimedAt marked before the claim, so that the age of the lease is never underestimated
   * @param mayPost whether the account may send: an uncertain packet is probed in any case
   */
  async work(
    packet: ClaimedPacket,
    claimedAt: ClockMark,
    mayPost: () => boolean,
    hooks: PostHooks = {},
  ): Promise<void> {
    if (packet.state === 'uncertain') {
      const repeated = await this.uncertain.work(packet, mayPost);
      return repeated === null ? undefined : this.send(repeated.packet, repeated.since, hooks);
    }
    const isFirstTry = packet.openTries === 1;
    if (this.rules.verifyFirst && isFirstTry && this.endBeforePost(packet) === null) {
      return this.verify(packet, claimedAt, hooks);
    }
    return this.send(packet, claimedAt, hooks);
  }

  private async send(claimed: ClaimedPacket, claimedAt: ClockMark, hooks: PostHooks): Promise<void> {
    const { clock } = this.parts;
    const fresh = await this.withFreshLease(claimed, claimedAt);
    if (fresh === null) return;
    const { packet, since } = fresh;
    const askedAt = clock.mark();
    const { confirmSlot } = hooks;
    if (confirmSlot !== undefined && !(await confirmSlot())) return this.putBack(packet);
    if (confirmSlot !== undefined && clock.ageMs(askedAt) > MAX_CONFIRMATION_AGE_MS) {
      return this.send(packet, since, hooks);
    }
    const end = this.endBeforePost(packet);
    if (end !== null) return this.settleUnsent(packet, end);
    const startedAt = clock.now();
    const outcome = await this.post(packet, since);
    const now = clock.now();
    const { settlement, signal } = settleSend(packet, outcome, this.rules, now);
    if (signal.kind === 'taken') hooks.onTaken?.();
    await this.settles.settle(packet, settlement, sendRecord(outcome, startedAt, now), now);
    logOutcome(this.parts.logger, packet, settlement.change, outcome);
    await this.parts.limiter.record(signal, packet);
  }

  private async post(packet: ClaimedPacket, since: ClockMark): Promise<PostOutcome> {
    const { timeoutMs, leaseMs } = this.rules;
    const budgetMs = Math.min(timeoutMs, leaseMs - LEASE_RESERVE_MS - this.parts.clock.ageMs(since));
    return post(
      this.parts.client,
      {
        id: packet.packetId,
        sender: packet.sender,
        text: textOf(packet),
        phones: packet.phones,
        ...(packet.test ? { test: true } : {}),
      },
      AbortSignal.timeout(Math.max(1, Math.ceil(budgetMs))),
    );
  }

  /** How the packet ends without a POST, or `null` if it may be sent. Checked at the last moment. */
  private endBeforePost(packet: ClaimedPacket): PacketChange | null {
    const now = this.parts.clock.now();
    const isOver = packet.deadlineAt <= now;
    if (!isOver && !packet.cancelRequested) return null;
    // An earlier try may have been taken, so the packet does not end here: it is probed until its deadline.
    if (packet.openTries > 1) return this.probeLater(packet, isOver ? 'deadline' : 'canceled', now);
    if (!isOver) return { to: 'canceled' };
    return { to: 'expired', reason: packet.validUntil === packet.deadlineAt ? 'validity' : 'deadline' };
  }

  /** With `verifyFirst`, after a restore from a backup: what the gateway already knows is not sent again. */
  private async verify(packet: ClaimedPacket, claimedAt: ClockMark, hooks: PostHooks): Promise<void> {
    const { client, clock } = this.parts;
    const askedAt = clock.now();
    const outcome = await probe(client, packet.packetId);
    if (outcome.kind === 'not-found') return this.send(packet, claimedAt, hooks);
    const now = clock.now();
    const ours = new Set(packet.phones);
    const isKnown = outcome.kind === 'found' && outcome.reports.some((report) => ours.has(report.phone));
    const change: PacketChange = isKnown
      ? { to: 'accepted', phones: null, smscnt: null, gatewayStatus: null, estimated: true, test: packet.test }
      : { to: 'queued', dueAt: nextProbeAt(packet, this.rules, now), gatewayStatus: null };
    const settlement = { change, certainlyNotSent: !isKnown, refused: false };
    await this.settles.settle(packet, settlement, probeRecord(outcome, askedAt, now), now);
    if (outcome.kind === 'found') await this.parts.reports.apply(outcome.reports, 'poll', now);
  }

  /** The slot is lost, so the packet is queued again, and sent by the next process that claims it. */
  private async putBack(packet: ClaimedPacket): Promise<void> {
    const now = this.parts.clock.now();
    const back: PacketChange =
      packet.openTries > 1
        ? this.probeLater(packet, 'no-slot', now)
        : { to: 'queued', dueAt: now, gatewayStatus: null };
    return this.settleUnsent(packet, back);
  }

  private async settleUnsent(packet: ClaimedPacket, change: PacketChange): Promise<void> {
    const now = this.parts.clock.now();
    const settlement = { change, certainlyNotSent: true, refused: false };
    await this.settles.settle(packet, settlement, unsentRecord(change.to, now), now);
  }

  private probeLater(packet: ClaimedPacket, cause: string, now: number): PacketChange {
    return stillUncertain(packet, { dueAt: nextProbeAt(packet, this.rules, now), cause });
  }

  /**
   * Renews a lease that is too old, or drops the packet: a process that was suspended must not send what another one has
   * taken over.
   */
  private async withFreshLease(
    packet: ClaimedPacket,
    claimedAt: ClockMark,
  ): Promise<{ readonly packet: ClaimedPacket; readonly since: ClockMark } | null> {
    const { leaseMs, timeoutMs } = this.rules;
    const { claims, clock, logger } = this.parts;
    const isFresh = (since: ClockMark) => clock.ageMs(since) < leaseMs - timeoutMs - LEASE_RESERVE_MS;
    if (isFresh(claimedAt)) return { packet, since: claimedAt };
    const since = clock.mark();
    const renewed = await claims.renew(packet, clock.now(), leaseMs);
    if (renewed !== null && isFresh(since)) return { packet: renewed, since };
    logger.warn(`Packet ${packet.packetId} was not sent: its lease ended while this process was suspended or slow.`);
    return null;
  }
}

function textOf(packet: ClaimedPacket): string {
  if (packet.text !== null) return packet.text;
  throw new SmsProInvariantError(`Packet ${packet.packetId} is open and its text is erased.`);
}
