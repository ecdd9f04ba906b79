import type { Clock, ClockMark } from '../message/clock.js';
import { logFailed, type SmsProLogger } from '../options/sms-pro.logger.js';
import { earliest, type DueInstants } from '../store/packets/due-packets.js';
import type { QueueStore } from '../store/packets/queue.store.js';
import type { AccountLimiter, SendingLimits } from './account-limiter.js';
import type { PacketStarter } from './packet-starter.js';

/** How long, in ms, one pass may take: the scheduler has more to do, such as taking over what dead workers left. */
const MAX_PASS_MS = 250;

/** How long, in ms, the last look at due packets may be reused. */
const MAX_LOOK_AGE_MS = 25;

/** How long, in ms, until the next pass, at most, after the store failed: the scheduler calls again by then. */
const STORE_FAULT_DELAY_MS = 1_000;

/** Delay, in ms, until the next pass while something is due that may not be claimed yet. */
const UNCLAIMABLE_DELAY_MS = 500;

/** The shortest delay, in ms, between two passes that found nothing to claim. */
const MIN_DELAY_MS = 25;

/** A look at due packets. */
interface Look {
  readonly due: DueInstants;
  readonly wakes: number;
  readonly at: ClockMark;
}

/** What the filler works with. */
export interface SlotFillerParts {
  readonly starter: PacketStarter;
  readonly queue: QueueStore;
  readonly limiter: AccountLimiter;
  readonly clock: Clock;
  readonly logger: SmsProLogger;
  /** Corrects a clock that stopped while the machine slept. */
  readonly freshen: () => Promise<void>;
}

/** Fills the free slots of this process with due packets, one pass at a time. */
export class SlotFiller {
  private stopped = false;
  private running: Promise<number | null> | null = null;
  private again = false;
  private wakes = 0;
  /** The last look: reused for a moment, until the next wake, and while it fills the slots. */
  private lastLook: Look | null = null;

  constructor(private readonly parts: SlotFillerParts) {}

  /** Fills the slots. Resolves with when to call again (epoch ms), or `null`. */
  async fill(): Promise<number | null> {
    // Something more urgent may be due than the last look showed.
    this.wakes += 1;
    return this.pass();
  }

  /** Claims nothing more. */
  stop(): void {
    this.stopped = true;
  }

  /** Resolves when no pass is running. */
  async idle(): Promise<void> {
    while (this.running !== null) await Promise.allSettled([this.running]);
  }

  /** When to call again: never at once, since what is due may not be claimable, such as packets of a paused sender. */
  nextInstant(due: number | null, limits: SendingLimits): number | null {
    const instants = [due, limits.retryAt].filter((instant) => instant !== null);
    if (instants.length === 0) return null;
    const now = this.parts.clock.now();
    const next = Math.min(...instants);
    return next <= now ? now + UNCLAIMABLE_DELAY_MS : Math.max(next, now + MIN_DELAY_MS);
  }

  private async pass(): Promise<number | null> {
    // One pass at a time: two would claim for the same free slots.
    if (this.running !== null) {
      this.again = true;
      return this.running;
    }
    this.running = this.fillUntilDone();
    try {
      return await this.running;
    } finally {
      this.running = null;
      // Another pass was requested after the last look and before this pass ended.
      if (this.again) void this.refill();
    }
  }

  /** Ends after a while even if slots become free as fast as they are filled: another pass follows at once. */
  private async fillUntilDone(): Promise<number | null> {
    const since = this.parts.clock.mark();
    for (;;) {
      this.again = false;
      const next = await this.fillOnce(since);
      if (!this.again || this.stopped || this.isLong(since)) return next;
    }
  }

  /** Fills the free slots until nothing more is due. Returns when to call again. */
  private async fillOnce(since: ClockMark): Promise<number | null> {
    const { starter, limiter, clock } = this.parts;
    for (;;) {
      if (this.stopped) return null;
      if (this.isLong(since)) {
        this.again = true;
        return clock.now();
      }
      await this.parts.freshen();
      const limits = await limiter.limits();
      starter.useLimits(limits);
      const limit = starter.leased.freeOf(limits.limit);
      // The next slot that becomes free starts another pass.
      if (limit <= 0) return null;
      const reused = this.reusableLook();
      const look = reused ?? (await this.look(limits));
      const first = earliest(look.due);
      const isAnyDue = first !== null && first <= clock.now();
      const started = isAnyDue ? await starter.fill(limits, limit, look.due, () => void this.refill()) : 0;
      // A look is reused only while it fills all free slots.
      this.lastLook = started === limit ? look : null;
      const tried = started < limit ? await starter.trySenders(limits) : [];
      for (const work of tried) void work.then(() => this.refill());
      if (started + tried.length === 0 && reused === null) return this.nextInstant(first, limits);
    }
  }

  private async look({ mayPost }: SendingLimits): Promise<Look> {
    const { wakes } = this;
    const at = this.parts.clock.mark();
    return { due: await this.parts.queue.firstDue(mayPost), wakes, at };
  }

  /** Reused for a moment only: another process may have stored something urgent, and does not wake this one. */
  private reusableLook(): Look | null {
    const { lastLook } = this;
    const isFresh =
      lastLook !== null && lastLook.wakes === this.wakes && this.parts.clock.ageMs(lastLook.at) < MAX_LOOK_AGE_MS;
    return isFresh ? lastLook : null;
  }

  private isLong(since: ClockMark): boolean {
    return this.parts.clock.ageMs(since) > MAX_PASS_MS;
  }

  /** A slot has become free. */
  private async refill(): Promise<void> {
    if (this.stopped) return;
    try {
      await this.pass();
    } catch (error) {
      logFailed(
        (text) => this.parts.logger.error(text),
        error,
        (why) => `Packets could not be claimed: ${why}. Trying again within ${STORE_FAULT_DELAY_MS} ms.`,
      );
    }
  }
}
