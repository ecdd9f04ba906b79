import type { GatewayClient } from '../gateway/gateway-client.js';
import { maskPhonesIn } from '../message/phone.js';
import type { Clock, ClockMark } from '../message/clock.js';
import type { SmsProLogger } from '../options/sms-pro.logger.js';
import type { SmsProHold } from '../options/scheduler.js';
import type { ClaimStore } from '../store/claim.store.js';
import type { ClaimedPacket } from '../store/claimed-packet.js';
import type { AttemptRecord, PacketChange, Settlement } from '../store/packet-change.js';
import type { ReportStore } from '../store/report.store.js';
import type { ReplaceStore } from '../store/replace.store.js';
import type { SettleStore } from '../store/settle.store.js';
import type { AccountPulse } from './account-pulse.js';
import { post, probe, type PostOutcome, type ProbeOutcome } from './post-outcome.js';
import { nextProbeAt, settleProbe, type ProbeVerdict } from './probe-rules.js';
import { settleSend, type DispatchRules } from './send-rules.js';
import { splitPhones } from './split-phones.js';

/** Time, in ms, that must be left of a lease when a request has had all of its own. */
const LEASE_RESERVE_MS = 5_000;

/** Older than this, in ms, a hold says nothing of now: the process may have stood still since it asked. */
const HOLD_AGE_MS = 2_000;

/** The numbers a worker needs. */
export interface WorkerRules extends DispatchRules {
  readonly leaseMs: number;
  readonly timeoutMs: number;
  readonly verifyFirst: boolean;
}

/** What a POST waits for, and whom it tells. */
export interface PostTurn {
  /** Asked right before a POST; where it says no, the packet goes back. */
  readonly hold?: SmsProHold | undefined;
  /** The gateway took the packet: its request is over, and what is left is to write that down. */
  readonly onTaken?: () => void;
}

/** Works one claimed packet: one POST or one probe, and what follows from it. */
export class PacketWorker {
  constructor(
    private readonly rules: WorkerRules,
    private readonly client: Pick<GatewayClient, 'sendPacket' | 'getReports'>,
    private readonly claims: ClaimStore,
    private readonly settles: SettleStore,
    private readonly replacements: ReplaceStore,
    private readonly reports: ReportStore,
    private readonly pulse: AccountPulse,
    private readonly clock: Clock,
    private readonly logger: SmsProLogger,
  ) {}

  /**
   * @param claimedAt taken before the claim was asked for: a lease is never older than it seems
   * @param mayPost whether the account may send: an uncertain packet is asked for in any case
   */
  async work(packet: ClaimedPacket, claimedAt: ClockMark, mayPost: () => boolean, turn: PostTurn = {}): Promise<void> {
    if (packet.state === 'uncertain') return this.resolve(packet, mayPost, turn);
    if (this.rules.verifyFirst && packet.openTries === 1 && this.endBeforePost(packet) === null)
      return this.verify(packet, claimedAt, turn);
    return this.send(packet, claimedAt, turn);
  }

  /** A reason not to send any more, checked at the last moment before the POST. */
  private endBeforePost(packet: ClaimedPacket): PacketChange | null {
    const now = this.clock.now();
    const isOver = packet.deadlineAt <= now;
    if (!isOver && !packet.cancelRequested) return null;
    // With an earlier try open nothing is ended here: the packet is asked for until its deadline.
    if (packet.openTries > 1)
      return askLater(packet, nextProbeAt(packet, this.rules, now), isOver ? 'deadline' : 'canceled');
    if (!isOver) return { to: 'canceled' };
    return { to: 'expired', reason: packet.validUntil === packet.deadlineAt ? 'validity' : 'deadline' };
  }

  private async send(claimed: ClaimedPacket, claimedAt: ClockMark, turn: PostTurn): Promise<void> {
    const fresh = await this.withFreshLease(claimed, claimedAt);
    if (fresh === null) return;
    const { packet, since } = fresh;
    const askedAt = this.clock.mark();
    const { hold } = turn;
    if (hold !== undefined && !(await hold())) return this.putBack(packet);
    if (hold !== undefined && this.clock.ageMs(askedAt) > HOLD_AGE_MS) return this.send(packet, since, turn);
    const end = this.endBeforePost(packet);
    if (end !== null) return this.settleUnsent(packet, end);
    const startedAt = this.clock.now();
    const budgetMs = Math.min(this.rules.timeoutMs, this.rules.leaseMs - LEASE_RESERVE_MS - this.clock.ageMs(since));
    const outcome = await post(
      this.client,
      {
        id: packet.packetId,
        sender: packet.sender,
        text: textOf(packet),
        phones: packet.phones,
        ...(packet.test ? { test: true } : {}),
      },
      AbortSignal.timeout(Math.max(1, Math.ceil(budgetMs))),
    );
    const now = this.clock.now();
    const { settlement, pulse } = settleSend(packet, outcome, this.rules, now);
    if (pulse.kind === 'taken') turn.onTaken?.();
    await this.settles.settle(packet, settlement, sendRecord(outcome, startedAt, now), now);
    this.report(packet, settlement.change, outcome);
    await this.pulse.feel(pulse, packet);
  }

  /** Asks about an uncertain packet, and sends the same id again where that is permitted. */
  private async resolve(packet: ClaimedPacket, mayPost: () => boolean, turn: PostTurn): Promise<void> {
    const askedAt = this.clock.now();
    // A test sends nothing, so it is repeated without a question.
    if (packet.test && mayPost() && !packet.cancelRequested && askedAt < packet.deadlineAt)
      return this.repeat(packet, turn);
    const outcome = await probe(this.client, packet.packetId);
    const now = this.clock.now();
    const verdict = settleProbe(packet, outcome, this.rules, askedAt, now);
    if (verdict.kind === 'repeat' && mayPost()) return this.repeat(packet, turn);
    if (verdict.kind === 'replace') return this.replace(packet, verdict, outcome, { askedAt, now });
    const settlement =
      verdict.kind === 'settle'
        ? verdict.settlement
        : unchanged(askLater(packet, nextProbeAt(packet, this.rules, now), 'account-paused'));
    await this.settles.settle(packet, settlement, probeRecord(outcome, askedAt, now), now);
    await this.applyFound(packet, outcome, now);
  }

  private async replace(
    packet: ClaimedPacket,
    { kept, groups }: Extract<ProbeVerdict, { kind: 'replace' }>,
    outcome: ProbeOutcome,
    { askedAt, now }: { readonly askedAt: number; readonly now: number },
  ): Promise<void> {
    const others = packet.phones.filter((phone) => !kept.includes(phone));
    const parts =
      groups === 'split' ? splitPhones(others, await this.replacements.lastWords(packet.packetId, '7')) : groups;
    const askAgainAt = nextProbeAt(packet, this.rules, now);
    const record = probeRecord(outcome, askedAt, now);
    if (!(await this.replacements.replace(packet, { kept, groups: parts }, record, now, askAgainAt))) return;
    this.logger.warn(
      `Packet ${packet.packetId} goes on as ${parts.length} new packets, ${kept.length} of its phones are accepted.`,
    );
    if (kept.length > 0) await this.applyFound(packet, outcome, now);
  }

  private async repeat(packet: ClaimedPacket, turn: PostTurn): Promise<void> {
    const since = this.clock.mark();
    const repeated = await this.claims.beginRepeat(packet, this.clock.now(), this.rules.leaseMs);
    if (repeated !== null) await this.send(repeated, since, turn);
  }

  /** After a restore from a backup: what the gateway knows already is not sent again. */
  private async verify(packet: ClaimedPacket, claimedAt: ClockMark, turn: PostTurn): Promise<void> {
    const askedAt = this.clock.now();
    const outcome = await probe(this.client, packet.packetId);
    if (outcome.kind === 'not-found') return this.send(packet, claimedAt, turn);
    const now = this.clock.now();
    const ours = new Set(packet.phones);
    const known = outcome.kind === 'found' && outcome.reports.some((report) => ours.has(report.phone));
    const change: PacketChange = known
      ? { to: 'accepted', phones: null, smscnt: null, gatewayStatus: null, estimated: true, test: packet.test }
      : { to: 'queued', dueAt: nextProbeAt(packet, this.rules, now), gatewayStatus: null };
    const settlement = { change, certainlyNot: !known, refused: false };
    await this.settles.settle(packet, settlement, probeRecord(outcome, askedAt, now), now);
    await this.applyFound(packet, outcome, now);
  }

  private async applyFound(packet: ClaimedPacket, outcome: ProbeOutcome, now: number): Promise<void> {
    if (outcome.kind !== 'found') return;
    const reports = outcome.reports.map((report) => ({ ...report, packetId: packet.packetId }));
    await this.reports.apply(reports, 'poll', now);
  }

  /** A packet that was claimed and may not be sent from here: the next that claims it sends it. */
  private async putBack(packet: ClaimedPacket): Promise<void> {
    const now = this.clock.now();
    const back: PacketChange =
      packet.openTries > 1
        ? askLater(packet, nextProbeAt(packet, this.rules, now), 'no-place')
        : { to: 'queued', dueAt: now, gatewayStatus: null };
    return this.settleUnsent(packet, back);
  }

  private async settleUnsent(packet: ClaimedPacket, change: PacketChange): Promise<void> {
    const now = this.clock.now();
    await this.settles.settle(
      packet,
      { change, certainlyNot: true, refused: false },
      unsentRecord(change.to, now),
      now,
    );
  }

  /** A worker that wakes late must not send what another has taken over: an old lease is renewed, or the packet dropped. */
  private async withFreshLease(
    packet: ClaimedPacket,
    claimedAt: ClockMark,
  ): Promise<{ readonly packet: ClaimedPacket; readonly since: ClockMark } | null> {
    const { leaseMs, timeoutMs } = this.rules;
    const isFresh = (since: ClockMark) => this.clock.ageMs(since) < leaseMs - timeoutMs - LEASE_RESERVE_MS;
    if (isFresh(claimedAt)) return { packet, since: claimedAt };
    const since = this.clock.mark();
    const renewed = await this.claims.renew(packet, this.clock.now(), leaseMs);
    if (renewed !== null && isFresh(since)) return { packet: renewed, since };
    this.logger.warn(`Packet ${packet.packetId} was not sent: its lease ended while this process stood still.`);
    return null;
  }

  private report(packet: ClaimedPacket, change: PacketChange, outcome: PostOutcome): void {
    if (change.to === 'rejected') {
      this.logger.warn(`Packet ${packet.packetId} was refused (${change.reason}). ${change.hint}`);
    }
    if (change.to === 'uncertain') {
      this.logger.warn(
        `Packet ${packet.packetId} is uncertain (${change.cause}): the gateway is asked before it is repeated.`,
      );
    }
    if (change.to === 'accepted' && packet.test && !change.test) {
      this.logger.warn(`Packet ${packet.packetId} was asked for as a test, but the gateway sent and billed it.`);
    }
    if (change.to === 'accepted' && change.phones !== null && change.phones !== packet.phones.length) {
      this.logger.warn(
        `Packet ${packet.packetId}: the gateway recognised ${change.phones} of ${packet.phones.length} phones.`,
      );
    }
    if (outcome.kind === 'answer' && outcome.answer.message) {
      this.logger.debug(`Packet ${packet.packetId}: the gateway says "${maskPhonesIn(outcome.answer.message)}".`);
    }
  }
}

/** An uncertain packet that is asked about later; no try was made. */
function askLater(packet: ClaimedPacket, dueAt: number, cause: string): PacketChange {
  return { to: 'uncertain', dueAt, triedAt: null, cause, gatewayStatus: null, heldStatus: packet.heldStatus };
}

/** A settlement that says nothing of any try. */
function unchanged(change: PacketChange): Settlement {
  return { change, certainlyNot: false, refused: false };
}

function textOf(packet: ClaimedPacket): string {
  if (packet.text === null) throw new Error(`Packet ${packet.packetId} is open and its text is erased.`);
  return packet.text;
}

function sendRecord(outcome: PostOutcome, startedAt: number, endedAt: number): AttemptRecord {
  const answer = outcome.kind === 'answer' ? outcome.answer : null;
  return {
    kind: 'send',
    startedAt,
    endedAt,
    outcome: outcome.kind === 'answer' ? 'answer' : `${outcome.kind}:${outcome.cause}`.slice(0, 24),
    gatewayStatus: answer?.status ?? null,
    httpStatus: outcome.kind === 'answer' ? 200 : outcome.httpStatus,
    phones: answer?.phones ?? null,
    smscnt: answer?.smscnt ?? null,
    detail: answer?.message ?? null,
  };
}

function probeRecord(outcome: ProbeOutcome, startedAt: number, endedAt: number): AttemptRecord {
  return {
    kind: 'probe',
    startedAt,
    endedAt,
    outcome: outcome.kind === 'unclear' ? `unclear:${outcome.cause}`.slice(0, 24) : outcome.kind,
    gatewayStatus: outcome.kind === 'unclear' ? outcome.gatewayStatus : outcome.kind === 'found' ? '0' : '4',
    httpStatus: null,
    phones: outcome.kind === 'found' ? outcome.reports.length : null,
    smscnt: null,
    detail: null,
  };
}

function unsentRecord(outcome: string, now: number): AttemptRecord {
  return {
    kind: 'send',
    startedAt: now,
    endedAt: now,
    outcome,
    gatewayStatus: null,
    httpStatus: null,
    phones: null,
    smscnt: null,
    detail: null,
  };
}
