import { randomUUID } from 'node:crypto';
import { within } from '../message/within.js';
import type { Clock } from '../message/clock.js';
import type { SmsProConfirmSlot, SmsProTurn, SmsProWork } from '../options/scheduler.js';
import type { SmsProLogger } from '../options/sms-pro.logger.js';
import type { ClaimStore } from '../store/packets/claim.store.js';
import type { QueueStore } from '../store/packets/queue.store.js';
import type { SweepStore } from '../store/packets/sweep.store.js';
import type { AccountLimiter, SendingLimits } from './account-limiter.js';
import { PacketStarter } from './packet-starter.js';
import type { PacketWorker } from './packet-worker.js';
import { SlotFiller } from './slot-filler.js';

/** The numbers that the dispatcher needs. */
export interface DispatcherRules {
  readonly leaseMs: number;
  readonly uncertainDelayMs: number;
}

/** What the dispatcher works with. */
export interface DispatcherParts {
  readonly claims: ClaimStore;
  readonly queue: QueueStore;
  readonly sweeps: SweepStore;
  readonly worker: PacketWorker;
  readonly limiter: AccountLimiter;
  readonly clock: Clock;
  readonly logger: SmsProLogger;
  /** Corrects a clock that stopped while the machine slept. Called before each decision that depends on the time. */
  readonly freshen?: () => Promise<void>;
}

/** Rows of one sweep step, at most. */
const SWEEP_LIMIT = 200;

/** Delay, in ms, until the next turn, if all slots of this process are taken. */
const FULL_DELAY_MS = 50;

/** What schedulers call: claims due packets into the free slots of this process, and sweeps. */
export class Dispatcher implements Omit<SmsProWork, 'poll'> {
  /** The owner of the leases of this process. */
  readonly owner = randomUUID();
  private readonly starter: PacketStarter;
  private readonly filler: SlotFiller;
  private readonly freshen: () => Promise<void>;
  /** Turns of `workOne` that are about to claim. */
  private claiming = 0;
  private stopped = false;

  constructor(
    private readonly rules: DispatcherRules,
    private readonly parts: DispatcherParts,
  ) {
    this.freshen = parts.freshen ?? (async () => {});
    this.starter = new PacketStarter({ ...parts, owner: this.owner, leaseMs: rules.leaseMs });
    this.filler = new SlotFiller({ ...parts, starter: this.starter, freshen: this.freshen });
  }

  /** Whether it has stopped claiming. */
  get isStopped(): boolean {
    return this.stopped;
  }

  /** Requests in flight now. */
  get inFlightCount(): number {
    return this.starter.leased.inFlight;
  }

  /** What the account allowed when it was last looked at. */
  get sendingLimits(): SendingLimits | null {
    return this.starter.lastLimits;
  }

  async dispatch(): Promise<number | null> {
    return this.filler.fill();
  }

  async workOne(confirmSlot?: SmsProConfirmSlot): Promise<SmsProTurn> {
    if (this.stopped) return { worked: false, nextAt: null };
    await this.freshen();
    const limits = await this.parts.limiter.limits();
    this.starter.useLimits(limits);
    const isFree = this.starter.leased.freeOf(limits.limit) > this.claiming;
    if (!isFree) return { worked: false, nextAt: this.parts.clock.now() + FULL_DELAY_MS };
    this.claiming += 1;
    let started: readonly Promise<void>[];
    try {
      started = await this.starter.startOne(limits, confirmSlot);
    } finally {
      this.claiming -= 1;
    }
    await Promise.all(started);
    return {
      worked: started.length > 0,
      nextAt: this.stopped ? null : this.filler.nextInstant(await this.parts.queue.nextDueAt(limits.mayPost), limits),
    };
  }

  async countDue(max: number): Promise<number> {
    const { mayPost } = await this.parts.limiter.limits();
    return this.parts.queue.countDue(this.parts.clock.now(), mayPost, max);
  }

  async listLeased(): Promise<readonly string[]> {
    await this.freshen();
    return this.parts.queue.leased(this.parts.clock.now());
  }

  async sweep(): Promise<void> {
    if (this.stopped) return;
    const { sweeps, clock } = this.parts;
    const { uncertainDelayMs } = this.rules;
    await this.freshen();
    while (!this.stopped && (await sweeps.sweepLeases(clock.now(), uncertainDelayMs, SWEEP_LIMIT)) > 0);
    while (!this.stopped && (await sweeps.expireQueued(clock.now(), SWEEP_LIMIT)) > 0);
  }

  /** Resolves when nothing is in flight in this process. */
  async idle(): Promise<void> {
    await this.filler.idle();
    while (this.starter.leased.size > 0) {
      await this.starter.leased.idle();
      await this.filler.idle();
    }
  }

  /** Claims nothing more, and waits for requests in flight. Returns how many packets were still leased after the limit. */
  async stop(limitMs: number): Promise<number> {
    this.stopped = true;
    this.filler.stop();
    await within(limitMs, this.idle());
    this.parts.worker.stop();
    return this.starter.leased.size;
  }
}
