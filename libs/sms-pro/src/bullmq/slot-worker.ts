import { setTimeout as pause } from 'node:timers/promises';
import type { ConnectionOptions, Job, Worker } from 'bullmq';
import { safeErrorText } from '../options/sms-pro.logger.js';
import type { SmsProSchedulerContext, SmsProTurn, SmsProWork } from '../options/scheduler.js';
import type { BullMq } from './load-bullmq.js';
import { INSTANT, queueName, type SlotData, type SlotQueue } from './slot-queue.js';
import { redisErrorText } from './redis-error-text.js';
import { withReconnect } from './redis-link.js';
import { HORIZON_MS } from './wake-queue.js';
import { workWhileDue } from './work-while-due.js';

/** Time, in ms, that a slot outlives the longest request: its gateway may still be busy with what a dead worker sent. */
const LOCK_MARGIN_MS = 5_000;

/** Distance, in ms, of two looks for slots of dead workers. */
const STALLED_INTERVAL_MS = 2_000;

/** Longest time, in seconds, that an idle worker waits to be woken: a wake can be lost with the worker that took it. */
const MAX_WAIT_S = 1;

/** Pause, in ms, before a worker asks a Redis again that failed. */
const RETRY_DELAY_MS = 1_000;

/** A slot may change hands as often as workers die. */
const MAX_STALLS = 1_000_000;

/** Time, in ms, that Redis is given to take the slots back at the end. */
const CLOSE_TIMEOUT_MS = 2_000;

/** What a worker works with. */
export interface SlotWorkerParts {
  readonly connection: ConnectionOptions;
  readonly prefix: string;
  readonly slots: SlotQueue;
  readonly work: SmsProWork;
  readonly context: SmsProSchedulerContext;
  /** Adds the slots that are missing for what is due. */
  readonly fillUp: () => Promise<void>;
}

/**
 * Takes slots from the queue, and works packets in each while some are due. A job is a slot and no packet: which one
 * is worked is decided by the claim, so that a one-time code overtakes a campaign however many jobs wait.
 */
export class SlotWorker {
  private readonly worker: Worker<SlotData>;
  private readonly lockMs: number;
  private readonly running = new Set<Promise<void>>();
  private stopping = false;
  private said = '';

  constructor(
    { Worker: WorkerClass }: BullMq,
    private readonly parts: SlotWorkerParts,
  ) {
    const { connection, prefix, context } = parts;
    this.lockMs = context.timeoutMs + LOCK_MARGIN_MS;
    this.worker = new WorkerClass<SlotData>(queueName(context.account), (job, token) => this.take(job, token ?? ''), {
      connection: withReconnect(connection, { maxRetriesPerRequest: null }),
      prefix,
      concurrency: context.concurrency,
      lockDuration: this.lockMs,
      stalledInterval: STALLED_INTERVAL_MS,
      maxStalledCount: MAX_STALLS,
      drainDelay: MAX_WAIT_S,
      runRetryDelay: RETRY_DELAY_MS,
    });
    this.worker.on('error', (error) => this.tell(error));
  }

  /**
   * Takes no slot any more, and waits for requests in flight, at most so long. Their slots are given back to Redis if
   * it answers; else they are free when their time is over.
   */
  async stop(limitMs: number, redisAnswers: boolean): Promise<void> {
    this.stopping = true;
    const over = new AbortController();
    const options = { signal: over.signal };
    const workEnds = Promise.allSettled(this.running);
    const closed = redisAnswers ? this.worker.close() : workEnds.then(() => this.worker.close(true));
    try {
      await Promise.race([
        closed,
        workEnds.then(() => pause(CLOSE_TIMEOUT_MS, undefined, options)),
        pause(limitMs, undefined, options),
      ]);
    } finally {
      over.abort();
      await this.worker.getBackend().close(true);
    }
  }

  private async take(job: Job<SlotData>, token: string): Promise<void> {
    const turn = this.work(job, token).catch((error: unknown) => {
      this.parts.context.logger.error(
        `A packet could not be claimed: ${safeErrorText(error)}. Tried again in a second.`,
      );
    });
    this.running.add(turn);
    try {
      await turn;
    } finally {
      this.running.delete(turn);
    }
  }

  private async work({ name, id = '', data: { generation } }: Job<SlotData>, token: string): Promise<void> {
    const { slots, work, fillUp } = this.parts;
    let isMine = true;
    const confirmSlot = async (): Promise<boolean> => {
      isMine = await slots.confirm(generation, id, token, this.lockMs);
      return isMine;
    };
    if (this.stopping) return slots.addSlots(1);
    // It may be of a time before Redis was restarted.
    if (!(await confirmSlot())) return;
    if (name === INSTANT) await fillUp();
    const turn = await workWhileDue(work, async () => isMine && !this.stopping && (await confirmSlot()), confirmSlot);
    if (isMine) await this.leave(turn).catch((error: unknown) => this.tell(error));
  }

  /** What a slot that comes to rest leaves behind: the look of each second finds it too, only later. */
  private async leave({ worked, nextAt }: SmsProTurn): Promise<void> {
    const { slots, context } = this.parts;
    if (worked) return slots.addSlots(1);
    const now = context.now();
    // While others of this process are at work, they will see for themselves what is due next.
    if (nextAt === null || nextAt - now > HORIZON_MS || this.running.size > 1) return;
    await slots.addInstant(nextAt, now);
  }

  private tell(error: unknown): void {
    const text = redisErrorText(error);
    if (text === this.said) return;
    this.said = text;
    this.parts.context.logger.debug(`BullMQ: ${text}.`);
  }
}
