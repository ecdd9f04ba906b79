import { logFailed } from '../options/sms-pro.logger.js';
import type { SmsProSchedulerContext, SmsProWork } from '../options/scheduler.js';
import type { ResolvedBullMqOptions } from './bullmq-scheduler.options.js';
import type { DatabaseLoop } from './database-loop.js';
import type { RedisStatus } from './redis-status.js';
import type { FleetView, SlotQueue } from './slot-queue.js';

/** Time, in ms, between two looks at the fleet. */
const LOOK_MS = 1_000;

/** The same while packets that were leased before the generation still are. */
const CLOSE_LOOK_MS = 100;

/**
 * The part of an interval that a turn is taken for. It must be free again a little early: otherwise the process that
 * comes in the same rhythm would find its own last turn still taken.
 */
export const TURN_SHARE = 0.9;

/** What a watch works with. */
export interface FleetWatchParts {
  readonly slots: SlotQueue;
  readonly work: SmsProWork;
  readonly loop: DatabaseLoop;
  readonly redis: RedisStatus;
  readonly options: Pick<ResolvedBullMqOptions, 'maxInFlight' | 'whenRedisIsDown'>;
  readonly context: Pick<SmsProSchedulerContext, 'logger'>;
}

/**
 * Looks at the fleet every second: opens a generation once the requests in flight are counted, sweeps when it is this
 * process's turn, adds slots for what is due, and starts the database loop while Redis does not answer.
 */
export class FleetWatch {
  private timer: NodeJS.Timeout | null = null;
  private looking: Promise<void> | null = null;
  /** Whether the database loop has begun requests without a slot. */
  private sentWithoutSlots = false;
  private stopping = false;

  constructor(private readonly parts: FleetWatchParts) {}

  start(): void {
    this.lookIn(0);
  }

  /** Resolves when the look that is running has ended. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (this.timer !== null) clearTimeout(this.timer);
    await this.looking;
  }

  /** Adds slots for what is due: some may have been lost with Redis, or with a worker. */
  async fillUp(): Promise<void> {
    const { slots, work, options } = this.parts;
    const due = await work.countDue(options.maxInFlight);
    if (due > 0) await slots.addSlots(due);
  }

  private lookIn(delayMs: number): void {
    if (this.stopping) return;
    const lookAndPlan = async () => this.lookIn(await this.look());
    this.timer = setTimeout(() => {
      this.looking = lookAndPlan();
    }, delayMs);
  }

  /** Returns when to look again, in ms from now. */
  private async look(): Promise<number> {
    const { slots, work, loop, redis, options, context } = this.parts;
    let view: FleetView;
    try {
      view = await this.currentView();
    } catch (error) {
      redis.failed(slots.connectionError ?? error);
      if (!this.stopping) loop.start();
      this.sentWithoutSlots = options.whenRedisIsDown === 'database-loop';
      return LOOK_MS;
    }
    redis.answered();
    try {
      const isSettled = await this.settleEarlier(view);
      if (view.sweeps) await work.sweep();
      if (view.sweeps || !view.isOpen) await this.fillUp();
      return isSettled ? LOOK_MS : CLOSE_LOOK_MS;
    } catch (error) {
      logFailed(
        (text) => context.logger.error(text),
        error,
        (why) => `Slots for due packets could not be added: ${why}. Trying again in ${LOOK_MS} ms.`,
      );
      return LOOK_MS;
    }
  }

  private async currentView(): Promise<FleetView> {
    const { slots, loop } = this.parts;
    const view = await slots.look(LOOK_MS * TURN_SHARE);
    loop.stop();
    if (!this.sentWithoutSlots) return view;
    // Counted again after the loop was stopped: before that, it may have begun a request that no count includes.
    const recounted = await slots.look(LOOK_MS * TURN_SHARE, true);
    this.sentWithoutSlots = false;
    return recounted;
  }

  /**
   * After Redis was emptied, restarted or replaced: counts the leased packets in the database, and opens the generation
   * with so many slots less. Returns whether none of them is leased any more.
   */
  private async settleEarlier(view: FleetView): Promise<boolean> {
    const { slots, work } = this.parts;
    if (view.isOpen && view.earlier.length === 0) return true;
    const leased = await work.listLeased();
    if (!view.isOpen) {
      const opened = await slots.open(view.generation, leased);
      return opened && leased.length === 0;
    }
    const still = new Set(leased);
    const settled = view.earlier.filter((packetId) => !still.has(packetId));
    if (settled.length > 0) await slots.settled(view.generation, settled);
    return settled.length === view.earlier.length;
  }
}
