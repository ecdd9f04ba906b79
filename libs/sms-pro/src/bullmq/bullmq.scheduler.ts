import { logFailed } from '../options/sms-pro.logger.js';
import type { SmsProScheduler, SmsProSchedulerContext, SmsProWork } from '../options/scheduler.js';
import type { ResolvedBullMqOptions } from './bullmq-scheduler.options.js';
import { DatabaseLoop } from './database-loop.js';
import { FleetWatch, TURN_SHARE } from './fleet-watch.js';
import { loadBullMq, type BullMq } from './load-bullmq.js';
import { RedisStatus } from './redis-status.js';
import { SlotQueue } from './slot-queue.js';
import { SlotWorker } from './slot-worker.js';
import { WakeQueue } from './wake-queue.js';

/**
 * Runs the work of a fleet through BullMQ. Redis only decides who may send, and when; the database decides what is sent,
 * so nothing is lost if Redis is.
 */
export class BullMqScheduler implements SmsProScheduler {
  readonly schedulesPolling = true;
  private readonly redis: RedisStatus;
  private readonly wakes: WakeQueue;
  private bullMq: Promise<BullMq> | null = null;
  private slots: SlotQueue | null = null;
  private worker: SlotWorker | null = null;
  private loop: DatabaseLoop | null = null;
  private watch: FleetWatch | null = null;
  private polling: Promise<void> | null = null;
  private pollTimer: NodeJS.Timeout | null = null;
  private stopping = false;

  constructor(
    private readonly options: ResolvedBullMqOptions,
    private readonly context: SmsProSchedulerContext,
    private readonly load: () => Promise<BullMq> = loadBullMq,
  ) {
    this.redis = new RedisStatus(context.logger, () => this.withoutRedis());
    this.wakes = new WakeQueue(() => this.open(), context.now, options.maxInFlight, this.redis);
  }

  /** @throws SmsProConfigError if BullMQ is not installed */
  async start(work: SmsProWork): Promise<void> {
    const { context, options, redis } = this;
    const slots = await this.open();
    const bullMq = await this.loaded();
    const loop = new DatabaseLoop(work, context, options.whenRedisIsDown === 'database-loop');
    const watch = new FleetWatch({ slots, work, loop, redis, options, context });
    this.loop = loop;
    this.watch = watch;
    this.worker = new SlotWorker(bullMq, {
      connection: options.connection,
      prefix: options.queuePrefix,
      slots,
      work,
      context,
      fillUp: () => watch.fillUp(),
    });
    if (!this.stopping) watch.start();
    const { pollIntervalMs } = context;
    if (pollIntervalMs === null) return;
    this.pollTimer = setInterval(() => {
      this.polling ??= this.poll(slots, work, pollIntervalMs).finally(() => {
        this.polling = null;
      });
    }, pollIntervalMs);
  }

  wake(packetIds: readonly string[], dueAt: number): void {
    this.wakes.wake(packetIds.length, dueAt);
    this.loop?.wake(dueAt);
  }

  async stop(): Promise<void> {
    this.stopping = true;
    this.redis.stop();
    if (this.pollTimer !== null) clearInterval(this.pollTimer);
    const limitMs = this.context.shutdownTimeoutMs;
    await Promise.all([
      this.wakes.stop(),
      this.watch?.stop(),
      this.polling,
      this.loop?.end(limitMs),
      this.worker?.stop(limitMs, !this.redis.isAway && this.slots?.isReady === true),
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

  private async poll(slots: SlotQueue, work: SmsProWork, everyMs: number): Promise<void> {
    try {
      // Without Redis each process polls: the rows are leased, so that no packet is queried twice.
      if (this.redis.isAway || (await slots.takeTurn('poll', Math.ceil(everyMs * TURN_SHARE)))) await work.poll();
    } catch (error) {
      logFailed(
        (text) => this.context.logger.debug(text),
        error,
        (why) => `A round of polling failed: ${why}.`,
      );
    }
  }

  /** What happens while Redis does not answer, for the log. */
  private withoutRedis(): string {
    if (this.loop === null) return 'Messages are stored, and sent by the processes that dispatch';
    return this.options.whenRedisIsDown === 'wait'
      ? 'Nothing is sent until it answers'
      : 'This process finds its work in the database by itself, and "maxInFlight" does not hold until Redis answers';
  }
}
