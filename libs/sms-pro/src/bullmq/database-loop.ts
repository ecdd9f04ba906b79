import { setTimeout as pause } from 'node:timers/promises';
import { logFailed } from '../options/sms-pro.logger.js';
import type { SmsProSchedulerContext, SmsProWork } from '../options/scheduler.js';
import { workWhileDue } from './work-while-due.js';

/** The longest sleep, in ms, of the loop. */
const MAX_SLEEP_MS = 1_000;

/** Time between two sweeps, in ms. */
const SWEEP_INTERVAL_MS = 2_000;

/**
 * The work of one process while Redis does not answer: it looks in the database for what is due. It calls `workOne()` in
 * each slot and not `dispatch()`, which fills free slots by itself and could not be stopped when Redis is back.
 */
export class DatabaseLoop {
  private readonly running = new Set<Promise<void>>();
  private round: Promise<void> | null = null;
  private timer: NodeJS.Timeout | null = null;
  private wakeAt = Number.POSITIVE_INFINITY;
  private sweptAt = Number.NEGATIVE_INFINITY;
  private on = false;

  constructor(
    private readonly work: SmsProWork,
    private readonly context: SmsProSchedulerContext,
    /** Whether it sends; otherwise it only sweeps. */
    private readonly sends: boolean,
  ) {}

  start(): void {
    if (this.on) return;
    this.on = true;
    this.plan(this.context.now());
  }

  /** Begins nothing more; requests in flight are completed. */
  stop(): void {
    this.on = false;
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    this.wakeAt = Number.POSITIVE_INFINITY;
  }

  /** Something is due at this instant (epoch ms). */
  wake(dueAt: number): void {
    if (this.on) this.plan(dueAt);
  }

  /** Begins nothing more, and waits up to `limitMs` for requests in flight. */
  async end(limitMs: number): Promise<void> {
    this.stop();
    const over = new AbortController();
    const limit = pause(limitMs, undefined, { signal: over.signal });
    await Promise.race([this.idle(), limit]);
    over.abort();
    await limit.catch(() => {});
  }

  private async idle(): Promise<void> {
    while (this.round !== null || this.running.size > 0) await Promise.allSettled([this.round, ...this.running]);
  }

  private plan(at: number): void {
    if (at >= this.wakeAt) return;
    this.wakeAt = at;
    if (this.round !== null) return;
    if (this.timer !== null) clearTimeout(this.timer);
    const delay = Math.min(Math.max(0, at - this.context.now()), MAX_SLEEP_MS);
    this.timer = setTimeout(() => {
      this.wakeAt = Number.POSITIVE_INFINITY;
      this.round = this.look().finally(() => {
        this.round = null;
        const next = Math.min(this.wakeAt, this.context.now() + MAX_SLEEP_MS);
        this.wakeAt = Number.POSITIVE_INFINITY;
        if (this.on) this.plan(next);
      });
    }, delay);
  }

  private async look(): Promise<void> {
    try {
      const now = this.context.now();
      if (now - this.sweptAt >= SWEEP_INTERVAL_MS) {
        this.sweptAt = now;
        await this.work.sweep();
      }
      if (!this.sends) return;
      const free = this.context.concurrency - this.running.size;
      const due = free > 0 ? await this.work.countDue(free) : 0;
      // At least one slot works even if nothing is due: its turn says when something will be.
      const slots = this.on ? Math.min(free, Math.max(due, this.running.size === 0 ? 1 : 0)) : 0;
      for (let slot = 0; slot < slots; slot += 1) this.begin();
    } catch (error) {
      this.logFault(error);
    }
  }

  private begin(): void {
    const slot = this.workSlot().finally(() => this.running.delete(slot));
    this.running.add(slot);
  }

  private async workSlot(): Promise<void> {
    try {
      const isOn = () => this.on;
      // Checked after the claim: what is still sent was leased before the loop stopped, so a later count includes it.
      const { nextAt } = await workWhileDue(this.work, isOn, async () => isOn());
      if (nextAt !== null) this.wake(nextAt);
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
