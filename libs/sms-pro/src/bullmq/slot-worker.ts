import { setTimeout as pause } from 'node:timers/promises';
import type { ConnectionOptions, Job, Worker } from 'bullmq';
import { logFailed } from '../options/sms-pro.logger.js';
import type { SmsProSchedulerContext, SmsProTurn, SmsProWork } from '../options/scheduler.js';
import type { BullMq } from './load-bullmq.js';
import { INSTANT, queueName, type SlotData, type SlotQueue } from './slot-queue.js';
import { redisErrorText } from './redis-error-text.js';
import { withReconnect } from './redis-link.js';
import { HORIZON_MS } from './wake-queue.js';
import { workWhileDue } from './work-while-due.js';

/** How long, in ms, a slot outlives the longest request: the gateway may still be busy with that of a dead worker. */
const LOCK_MARGIN_MS = 5_000;

/** Time, in ms, between two looks for slots of dead workers. */
const STALLED_INTERVAL_MS = 2_000;

/** How long, in seconds, an idle worker waits to be woken, at most: a wake can be lost with the worker that took it. */
const MAX_WAIT_S = 1;

/** Delay, in ms, before a worker calls Redis again after an error. */
const RETRY_DELAY_MS = 1_000;

/** In effect no limit on how often a job is taken over from a worker that died. */
const MAX_STALLS = 1_000_000;

/** How long, in ms, Redis may take to release the slots at shutdown. */
const CLOSE_TIMEOUT_MS = 2_000;

/** What a worker works with. */
export interface SlotWorkerParts {
  readonly connection: ConnectionOptions;
  readonly prefix: string;
  readonly slots: SlotQueue;
  readonly work: SmsProWork;
  readonly context: SmsProSchedulerContext;
  /** Adds slots for the packets that are due. */
  readonly fillUp: () => Promise<void>;
}

/**
 * Takes slots from the queue, and works packets in each while some are due. A job is a slot, not a packet: the claim
 * decides which packet is worked, so a one-time code overtakes a campaign, however many jobs wait.
 */
export class SlotWorker {
  private readonly worker: Worker<SlotData>;
  private readonly lockMs: number;
  private readonly running = new Set<Promise<void>>();
  private stopping = false;
  private lastErrorText = '';

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
    this.worker.on('error', (error) => this.logError(error));
  }

  /**
   * Takes no more slots, and waits up to `limitMs` for requests in flight. Their slots are released if Redis answers;
   * otherwise they are free when their locks end.
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
      logFailed(
        (text) => this.parts.context.logger.error(text),
        error,
        (why) => `A packet could not be claimed: ${why}. Trying again in a second.`,
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
    // The job may be older than the last restart of Redis.
    if (!(await confirmSlot())) return;
    if (name === INSTANT) await fillUp();
    const turn = await workWhileDue(work, async () => isMine && !this.stopping && (await confirmSlot()), confirmSlot);
    if (isMine) await this.addNext(turn).catch((error: unknown) => this.logError(error));
  }

  /** Adds the job that follows a slot which ends. If it is lost, the check that runs every second adds one, only later. */
  private async addNext({ worked, nextAt }: SmsProTurn): Promise<void> {
    const { slots, context } = this.parts;
    if (worked) return slots.addSlots(1);
    const now = context.now();
    // Another busy slot of this process will find what is due next.
    if (nextAt === null || nextAt - now > HORIZON_MS || this.running.size > 1) return;
    await slots.addInstant(nextAt, now);
  }

  private logError(error: unknown): void {
    const text = redisErrorText(error);
    if (text === this.lastErrorText) return;
    this.lastErrorText = text;
    this.parts.context.logger.debug(`BullMQ: ${text}.`);
  }
}
