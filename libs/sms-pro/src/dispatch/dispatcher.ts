import { randomUUID } from 'node:crypto';
import type { Clock, ClockMark } from '../message/clock.js';
import { safeErrorText, type SmsProLogger } from '../options/sms-pro.logger.js';
import type { SmsProHold, SmsProTurn, SmsProWork } from '../options/scheduler.js';
import type { ClaimStore } from '../store/claim.store.js';
import { earliest, type ClaimRequest, type DueInstants } from '../store/due-packets.js';
import type { ClaimedPacket } from '../store/claimed-packet.js';
import type { SettleStore } from '../store/settle.store.js';
import type { AccountPulse, PulseState } from './account-pulse.js';
import { PacketsInHand } from './packets-in-hand.js';
import type { PacketWorker, PostTurn } from './packet-worker.js';

/** The numbers the dispatcher needs. */
export interface DispatcherRules {
  readonly leaseMs: number;
  readonly uncertainDelayMs: number;
}

/** One claim in this many takes the oldest due packet of the lower lanes first. */
const LOWER_LANE_TURN = 10;

/** Longest time, in ms, of one pass: the scheduler has more to do, such as to take up what dead workers left. */
const LONGEST_PASS_MS = 250;

/** How long, in ms, it is believed what was due when it was last looked for. */
const SEEN_MS = 25;

/** Most rows of one sweep step. */
const SWEEP_LIMIT = 200;

/** Wait, in ms, after the store failed: the loop of the scheduler comes again in any case. */
const STORE_FAULT_DELAY_MS = 1_000;

/** Sleep, in ms, while something is due that may not be claimed yet. */
const UNCLAIMABLE_SLEEP_MS = 500;

/** Wait, in ms, before a turn comes again that found all slots of this process taken. */
const FULL_SLEEP_MS = 50;

/** Shortest sleep, in ms, between two passes that found nothing to claim. */
const SHORTEST_SLEEP_MS = 25;

/** What was due when it was last looked for. */
interface Seen {
  readonly due: DueInstants;
  readonly wakes: number;
  readonly at: ClockMark;
}

/** Claims due packets into the free slots of this process and works them. */
export class Dispatcher implements Omit<SmsProWork, 'poll'> {
  /** Who holds the leases of this process. */
  readonly owner = randomUUID();
  private readonly inHand = new PacketsInHand();
  private readonly sendersInFlight = new Set<string>();
  private turn = 0;
  /** Turns of `workOne` that are about to claim. */
  private claiming = 0;
  private stopped = false;
  private running: Promise<number | null> | null = null;
  private again = false;
  private state: PulseState | null = null;
  private wakes = 0;
  /** What was due when it was last looked for: good for a moment, until the next wake, and while it fills the slots. */
  private seen: Seen | null = null;

  constructor(
    private readonly rules: DispatcherRules,
    private readonly claims: ClaimStore,
    private readonly settles: SettleStore,
    private readonly worker: PacketWorker,
    private readonly pulse: AccountPulse,
    private readonly clock: Clock,
    private readonly logger: SmsProLogger,
    /** Sets a clock right that stood still while the machine slept: before anything is judged by it. */
    private readonly freshen: () => Promise<void> = async () => {},
  ) {}

  /** Whether it claims nothing more. */
  get isStopped(): boolean {
    return this.stopped;
  }

  /** Requests in flight now. */
  get inFlightCount(): number {
    return this.inHand.inFlight;
  }

  /** What the account allowed when it was last asked. */
  get pulseState(): PulseState | null {
    return this.state;
  }

  async dispatch(): Promise<number | null> {
    // Something may have come that is more urgent than what was seen.
    this.wakes += 1;
    return this.look();
  }

  private async look(): Promise<number | null> {
    // One pass at a time: two would claim into the same free slots.
    if (this.running !== null) {
      this.again = true;
      return this.running;
    }
    this.running = this.pass();
    try {
      return await this.running;
    } finally {
      this.running = null;
      // Asked for after the last look, and before this one was over.
      if (this.again) void this.refill();
    }
  }

  async workOne(hold?: SmsProHold): Promise<SmsProTurn> {
    if (this.stopped) return { worked: false, nextAt: null };
    await this.freshen();
    const state = await this.pulse.state();
    this.state = state;
    const isFree = this.inHand.freeOf(state.limit) > this.claiming;
    if (!isFree) return { worked: false, nextAt: this.clock.now() + FULL_SLEEP_MS };
    this.claiming += 1;
    let begun: readonly Promise<void>[];
    try {
      begun = await this.claimOne(state, hold);
    } finally {
      this.claiming -= 1;
    }
    await Promise.all(begun);
    return {
      worked: begun.length > 0,
      nextAt: this.stopped ? null : this.nextInstant(await this.claims.nextDueAt(state.mayPost), state),
    };
  }

  async countDue(most: number): Promise<number> {
    const state = await this.pulse.state();
    return this.claims.countDue(this.clock.now(), state.mayPost, most);
  }

  async listInHand(): Promise<readonly string[]> {
    await this.freshen();
    return this.claims.inHand(this.clock.now());
  }

  async sweep(): Promise<void> {
    if (this.stopped) return;
    const { uncertainDelayMs } = this.rules;
    await this.freshen();
    const isMoreLeft = async () => (await this.claims.sweepLeases(this.clock.now(), uncertainDelayMs, SWEEP_LIMIT)) > 0;
    while (!this.stopped && (await isMoreLeft()));
    while (!this.stopped && (await this.settles.expireQueued(this.clock.now(), SWEEP_LIMIT)) > 0);
  }

  /** Resolves when nothing is in flight in this process. */
  async idle(): Promise<void> {
    while (this.inHand.size > 0 || this.running !== null) {
      await Promise.allSettled([...this.inHand.all, this.running]);
    }
  }

  /** Claims nothing more, and waits for what is in flight. Returns how many packets were still in hand after the limit. */
  async stop(limitMs: number): Promise<number> {
    this.stopped = true;
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs);
    });
    await Promise.race([this.idle(), limit]);
    clearTimeout(timer);
    return this.inHand.size;
  }

  /** Ends after a while also where slots free themselves as fast as they are filled: another pass follows at once. */
  private async pass(): Promise<number | null> {
    const since = this.clock.mark();
    for (;;) {
      this.again = false;
      const next = await this.claimOnce(since);
      if (!this.again || this.stopped || this.isLong(since)) return next;
    }
  }

  private isLong(since: ClockMark): boolean {
    return this.clock.ageMs(since) > LONGEST_PASS_MS;
  }

  /** Claims the most urgent packet and begins to work it; empty where nothing may be claimed. */
  private async claimOne(state: PulseState, hold?: SmsProHold): Promise<readonly Promise<void>[]> {
    const claimedAt = this.clock.mark();
    const [packet] = await this.claims.claimDue(this.claimRequest(state, 1));
    return packet === undefined ? this.trySenders(state, 1, hold) : [this.begin(packet, claimedAt, { hold })];
  }

  private claimRequest(state: PulseState, limit: number, due?: DueInstants): ClaimRequest {
    this.turn += 1;
    return {
      owner: this.owner,
      now: this.clock.now(),
      leaseMs: this.rules.leaseMs,
      limit,
      // A storm of lost answers must not keep one-time codes waiting: half of the slots, or every other single one.
      probes: limit > 1 ? Math.ceil(limit / 2) : this.turn % 2,
      mayPost: state.mayPost,
      pausedSenders: state.pausedSenders,
      trial: state.trial,
      lowerLaneFirst: this.turn % LOWER_LANE_TURN === 0,
      ...(due === undefined ? {} : { due }),
    };
  }

  /** Fills the free slots once, and says when to come again if nothing more is due now. */
  private async claimOnce(since: ClockMark): Promise<number | null> {
    for (;;) {
      if (this.stopped) return null;
      if (this.isLong(since)) {
        this.again = true;
        return this.clock.now();
      }
      await this.freshen();
      const state = await this.pulse.state();
      this.state = state;
      const limit = this.inHand.freeOf(state.limit);
      // A slot that frees itself calls again.
      if (limit <= 0) return null;
      const { wakes } = this;
      const seen = this.seenBy(wakes);
      const lookedAt = seen?.at ?? this.clock.mark();
      const due = seen?.due ?? (await this.claims.peek(state.mayPost));
      const first = earliest(due);
      // The age of a lease counts from before the claim was asked for.
      const claimedAt = this.clock.mark();
      const isAnyDue = first !== null && first <= this.clock.now();
      const packets = isAnyDue ? await this.claims.claimDue(this.claimRequest(state, limit, due)) : [];
      for (const packet of packets) this.beginAndRefill(packet, claimedAt);
      // What was seen to be due is believed for as long as it fills the slots.
      this.seen = packets.length === limit ? { due, wakes, at: lookedAt } : null;
      const tried = packets.length < limit ? await this.trySenders(state) : [];
      for (const work of tried) void work.then(() => this.refill());
      if (packets.length + tried.length === 0 && seen === null) return this.nextInstant(first, state);
    }
  }

  /** What was seen and still holds. Another process may have stored something urgent, and wakes nobody here. */
  private seenBy(wakes: number): Seen | null {
    const { seen } = this;
    return seen !== null && seen.wakes === wakes && this.clock.ageMs(seen.at) < SEEN_MS ? seen : null;
  }

  /** One packet at a time of each sender that may be tried again. */
  private async trySenders(
    state: PulseState,
    most = Number.POSITIVE_INFINITY,
    hold?: SmsProHold,
  ): Promise<Promise<void>[]> {
    if (!state.mayPost || state.trial) return [];
    const tried: Promise<void>[] = [];
    for (const sender of state.trialSenders) {
      if (tried.length >= most) break;
      if (this.sendersInFlight.has(sender)) continue;
      const claimedAt = this.clock.mark();
      const [packet] = await this.claims.claimDue({
        owner: this.owner,
        now: this.clock.now(),
        leaseMs: this.rules.leaseMs,
        limit: 1,
        probes: 0,
        mayPost: true,
        pausedSenders: [],
        onlySender: sender,
        lowerLaneFirst: false,
      });
      if (packet === undefined) continue;
      this.sendersInFlight.add(sender);
      tried.push(this.begin(packet, claimedAt, { hold }, () => this.sendersInFlight.delete(sender)));
    }
    return tried;
  }

  /** Whether a packet of this sender may be sent again now. */
  private mayRepeat(sender: string): boolean {
    return this.state !== null && this.state.mayPost && !this.state.pausedSenders.includes(sender);
  }

  private nextInstant(due: number | null, state: PulseState): number | null {
    const instants = [due, state.retryAt].filter((instant) => instant !== null);
    if (instants.length === 0) return null;
    const now = this.clock.now();
    const next = Math.min(...instants);
    // What is due and cannot be claimed, such as a paused sender's, must not make the loop spin.
    return next <= now ? now + UNCLAIMABLE_SLEEP_MS : Math.max(next, now + SHORTEST_SLEEP_MS);
  }

  /** In this process alone a slot is free again as soon as the gateway has taken its packet, while that is written down. */
  private beginAndRefill(packet: ClaimedPacket, claimedAt: ClockMark): void {
    let written: (() => void) | null = null;
    const onTaken = () => {
      written = this.inHand.take();
      void this.refill();
    };
    void this.begin(packet, claimedAt, { onTaken }, () => written?.()).then(() => this.refill());
  }

  /** Works a packet; resolves when it is settled, and never rejects. */
  private begin(
    packet: ClaimedPacket,
    claimedAt: ClockMark,
    turn: PostTurn = {},
    after: () => void = () => {},
  ): Promise<void> {
    const work = this.worker
      .work(packet, claimedAt, () => this.mayRepeat(packet.sender), turn)
      .catch((error: unknown) => {
        // The packet stays leased, and is taken up as uncertain when the lease ends.
        this.logger.error(
          `A packet could not be settled: ${safeErrorText(error)}. It is taken up when its lease ends.`,
        );
      })
      .finally(after);
    return this.inHand.during(work);
  }

  /** A slot has become free. */
  private async refill(): Promise<void> {
    if (this.stopped) return;
    try {
      await this.look();
    } catch (error) {
      this.logger.error(
        `Packets could not be claimed: ${safeErrorText(error)}. Tried again within ${STORE_FAULT_DELAY_MS} ms.`,
      );
    }
  }
}
