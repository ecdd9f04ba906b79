import { safeErrorText } from '../options/sms-pro.logger.js';
import type { SmsProScheduler, SmsProSchedulerContext, SmsProWork } from '../options/scheduler.js';
import type { ResolvedBullMqOptions } from './bullmq-scheduler.options.js';
import { DatabaseLoop } from './database-loop.js';
import { loadBullMq, type BullMq } from './load-bullmq.js';
import { SlotQueue, type FleetView } from './slot-queue.js';
import { SlotWorker } from './slot-worker.js';
import { redisErrorText } from './redis-error-text.js';
import { WakeQueue } from './wake-queue.js';

/** Distance, in ms, of two looks at the fleet. */
const LOOK_MS = 1_000;

/** Distance, in ms, of two looks while packets from before are waited for. */
const CLOSE_LOOK_MS = 100;

/** A turn is free again a little before it is due, or whoever had the last one would come too early for the next. */
const TURN_SHARE = 0.9;

/**
 * Runs the work of a fleet through BullMQ. Redis only says who may send when; what is sent is decided by the database,
 * so nothing is lost with Redis.
 */
export class BullMqScheduler implements SmsProScheduler {
  readonly schedulesPolling = true;
  private readonly pump: WakeQueue;
  private bullMq: Promise<BullMq> | null = null;
  private slots: SlotQueue | null = null;
  private worker: SlotWorker | null = null;
  private loop: DatabaseLoop | null = null;
  private looking: Promise<void> | null = null;
  private polling: Promise<void> | null = null;
  private lookTimer: NodeJS.Timeout | null = null;
  private pollTimer: NodeJS.Timeout | null = null;
  private isAway = false;
  /** Whether requests were begun without a slot. */
  private wasAlone = false;
  private stopping = false;

  constructor(
    private readonly options: ResolvedBullMqOptions,
    private readonly context: SmsProSchedulerContext,
    private readonly load: () => Promise<BullMq> = loadBullMq,
  ) {
    this.pump = new WakeQueue(() => this.open(), context.now, options.maxInFlight, {
      answered: () => this.redisAnswers(),
      failed: (error) => this.redisIsAway(error),
    });
  }

  /** @throws SmsProConfigError where BullMQ is not installed */
  async start(work: SmsProWork): Promise<void> {
    const { context, options } = this;
    const slots = await this.open();
    const bullMq = await this.loaded();
    this.loop = new DatabaseLoop(work, context, options.whenRedisIsDown === 'database-loop');
    this.worker = new SlotWorker(bullMq, {
      connection: options.connection,
      prefix: options.queuePrefix,
      slots,
      work,
      context,
      fillUp: () => this.fillUp(slots, work),
    });
    this.lookSoon(slots, work, 0);
    const { pollIntervalMs } = context;
    if (pollIntervalMs === null) return;
    this.pollTimer = setInterval(() => {
      this.polling ??= this.poll(slots, work, pollIntervalMs).finally(() => {
        this.polling = null;
      });
    }, pollIntervalMs);
  }

  wake(packetIds: readonly string[], dueAt: number): void {
    this.pump.wake(packetIds.length, dueAt);
    this.loop?.wake(dueAt);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    if (this.lookTimer !== null) clearTimeout(this.lookTimer);
    if (this.pollTimer !== null) clearInterval(this.pollTimer);
    const limitMs = this.context.shutdownTimeoutMs;
    await Promise.all([
      this.pump.stop(),
      this.looking,
      this.polling,
      this.loop?.end(limitMs),
      this.worker?.stop(limitMs, !this.isAway && this.slots?.isReady === true),
    ]);
    await this.slots?.close();
  }

  private loaded(): Promise<BullMq> {
    this.bullMq ??= this.load();
    return this.bullMq;
  }

  private async open(): Promise<SlotQueue> {
    const bullMq = await this.loaded();
    const { connection, queuePrefix: prefix, maxInFlight } = this.options;
    this.slots ??= new SlotQueue(bullMq, { connection, prefix, account: this.context.account, maxInFlight });
    return this.slots;
  }

  private lookSoon(slots: SlotQueue, work: SmsProWork, delayMs: number): void {
    if (this.stopping) return;
    const lookAndPlan = async () => this.lookSoon(slots, work, await this.look(slots, work));
    this.lookTimer = setTimeout(() => {
      this.looking = lookAndPlan();
    }, delayMs);
  }

  /** Returns when to look again, in ms from now. */
  private async look(slots: SlotQueue, work: SmsProWork): Promise<number> {
    let view: FleetView;
    try {
      view = await this.viewOf(slots);
    } catch (error) {
      this.redisIsAway(slots.connectionError ?? error);
      if (!this.stopping) this.loop?.start();
      this.wasAlone = this.options.whenRedisIsDown === 'database-loop';
      return LOOK_MS;
    }
    this.redisAnswers();
    try {
      const isSettled = await this.settleEarlier(view, slots, work);
      if (view.sweeps) await work.sweep();
      if (view.sweeps || !view.isOpen) await this.fillUp(slots, work);
      return isSettled ? LOOK_MS : CLOSE_LOOK_MS;
    } catch (error) {
      this.context.logger.error(`No work could be given out: ${safeErrorText(error)}. Tried again in ${LOOK_MS} ms.`);
      return LOOK_MS;
    }
  }

  private async viewOf(slots: SlotQueue): Promise<FleetView> {
    const view = await slots.look(LOOK_MS * TURN_SHARE);
    this.loop?.stop();
    if (!this.wasAlone) return view;
    // Only now does the loop begin nothing more: whoever counts what is in flight must count after that.
    const afresh = await slots.look(LOOK_MS * TURN_SHARE, true);
    this.wasAlone = false;
    return afresh;
  }

  /**
   * After Redis was emptied, restarted or replaced: counts in the database what is in flight, and lets the fleet begin
   * only beside that. Returns whether nothing of it is left.
   */
  private async settleEarlier(view: FleetView, slots: SlotQueue, work: SmsProWork): Promise<boolean> {
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

  /** Adds the slots that are missing for what is due: some were lost with Redis, or with a worker. */
  private async fillUp(slots: SlotQueue, work: SmsProWork): Promise<void> {
    const due = await work.countDue(this.options.maxInFlight);
    if (due > 0) await slots.addSlots(due);
  }

  private async poll(slots: SlotQueue, work: SmsProWork, everyMs: number): Promise<void> {
    try {
      // Without Redis each process polls: the rows are leased, so that no report is asked for twice.
      if (this.isAway || (await slots.takeTurn('poll', Math.ceil(everyMs * TURN_SHARE)))) await work.poll();
    } catch (error) {
      this.context.logger.debug(`A round of polling failed: ${safeErrorText(error)}.`);
    }
  }

  private redisIsAway(error: unknown): void {
    if (this.isAway || this.stopping) return;
    this.isAway = true;
    const { logger } = this.context;
    const what = this.loop === null ? 'Messages are stored, and sent by the processes that dispatch' : this.goingOn();
    logger.warn(`Redis does not answer, or refuses (${redisErrorText(error)}). ${what}.`);
  }

  private goingOn(): string {
    return this.options.whenRedisIsDown === 'wait'
      ? 'Nothing is sent until it answers'
      : 'This process goes on by its own loop, and "maxInFlight" does not hold until Redis answers';
  }

  private redisAnswers(): void {
    if (!this.isAway) return;
    this.isAway = false;
    this.context.logger.log('Redis answers again.');
  }
}
