import { logFailed } from '../options/sms-pro.logger.js';
import type { SmsProScheduler, SmsProSchedulerContext, SmsProWork } from '../options/scheduler.js';

/** The longest sleep, in ms, of the loop: a wake is only a hint, and may be lost. */
const MAX_SLEEP_MS = 1_000;

/** Time between two sweeps, in ms. */
const SWEEP_INTERVAL_MS = 2_000;

/** Runs the work in this process, at each wake and at least every second. Safe with several instances on one database. */
export class InProcessScheduler implements SmsProScheduler {
  private work: SmsProWork | null = null;
  private cancel: () => void = () => {};
  private wakeAt = Number.POSITIVE_INFINITY;
  private sweptAt = Number.NEGATIVE_INFINITY;
  private running: Promise<void> | null = null;

  constructor(private readonly context: SmsProSchedulerContext) {}

  start(work: SmsProWork): void {
    this.work = work;
    this.plan(this.context.now());
  }

  wake(_packetIds: readonly string[], dueAt: number): void {
    const { work, running } = this;
    if (work === null) return;
    this.plan(dueAt);
    // A turn can take long, for example while a campaign is sent: what is due now must not wait for it.
    if (running === null || dueAt > this.context.now()) return;
    work.dispatch().catch((error: unknown) => this.logFault(error));
  }

  async stop(): Promise<void> {
    this.work = null;
    this.cancel();
    await this.running;
  }

  private plan(at: number): void {
    if (at >= this.wakeAt) return;
    this.wakeAt = at;
    if (this.running !== null) return;
    this.cancel();
    const delay = Math.min(Math.max(0, at - this.context.now()), MAX_SLEEP_MS);
    const begin = () => {
      this.running = this.turn().finally(() => {
        this.running = null;
        const next = this.wakeAt;
        this.wakeAt = Number.POSITIVE_INFINITY;
        if (this.work !== null) this.plan(next);
      });
    };
    this.cancel = delay === 0 ? soon(begin) : later(begin, delay);
  }

  private async turn(): Promise<void> {
    const { work } = this;
    if (work === null) return;
    this.wakeAt = this.context.now() + MAX_SLEEP_MS;
    try {
      const next = await work.dispatch();
      if (next !== null) this.wakeAt = Math.min(this.wakeAt, next);
      // Swept after the dispatch: a one-time code must not wait for it, and what it takes over is due later.
      const now = this.context.now();
      if (now - this.sweptAt < SWEEP_INTERVAL_MS) return;
      this.sweptAt = now;
      await work.sweep();
    } catch (error) {
      this.logFault(error);
    }
  }

  private logFault(error: unknown): void {
    logFailed(
      (text) => this.context.logger.error(text),
      error,
      (why) => `The store failed: ${why}. Trying again within ${MAX_SLEEP_MS} ms.`,
    );
  }
}

/** Without a timer: Node turns 0 ms into a whole millisecond. */
function soon(begin: () => void): () => void {
  const immediate = setImmediate(begin);
  return () => clearImmediate(immediate);
}

function later(begin: () => void, delayMs: number): () => void {
  const timer = setTimeout(begin, delayMs);
  return () => clearTimeout(timer);
}
