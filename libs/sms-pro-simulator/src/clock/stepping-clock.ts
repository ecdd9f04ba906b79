import type { SimulatorClock } from './simulator-clock.js';
import { TimerQueue } from './timer-queue.js';

/** What the manual and the real clock share: the queue, and the steps from one due time to the next. */
export abstract class SteppingClock implements SimulatorClock {
  protected readonly timers = new TimerQueue();
  private readonly settlers = new Set<() => Promise<void>>();

  abstract now(): number;
  /** Makes `now()` at least `atMs`. */
  protected abstract moveTo(atMs: number): void;

  schedule(atMs: number, run: () => void): void {
    this.timers.add(atMs, run);
  }

  async advance(ms: number): Promise<void> {
    if (!Number.isFinite(ms) || ms < 0) throw new RangeError(`A clock moves forward: ${ms} ms is not possible.`);
    const target = this.now() + ms;
    for (let due = this.timers.nextDueAt; due !== undefined && due <= target; due = this.timers.nextDueAt) {
      this.moveTo(due);
      this.timers.runDue(due);
      // Each instant is finished before the next: a push that fails now must first schedule its retry.
      await this.settle();
    }
    this.moveTo(target);
    await this.settle();
  }

  settleWith(settle: () => Promise<void>): () => void {
    this.settlers.add(settle);
    return () => this.settlers.delete(settle);
  }

  stop(): void {}

  private async settle(): Promise<void> {
    await Promise.all([...this.settlers].map((settle) => settle()));
  }
}
