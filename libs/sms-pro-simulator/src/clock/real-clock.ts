import { SteppingClock } from './stepping-clock.js';

/** Host timers cannot wait longer than this many milliseconds. */
const MAX_TIMEOUT_MS = 2_147_483_647;

/** The host's time, plus what `advance` has jumped ahead. One host timer serves everything scheduled. */
export class RealClock extends SteppingClock {
  private aheadMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private timerDueAt = Number.POSITIVE_INFINITY;
  private stopped = false;

  now(): number {
    return Date.now() + this.aheadMs;
  }

  override schedule(atMs: number, run: () => void): void {
    super.schedule(atMs, run);
    this.arm();
  }

  override async advance(ms: number): Promise<void> {
    await super.advance(ms);
    this.timerDueAt = Number.POSITIVE_INFINITY;
    this.arm();
  }

  override stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  protected moveTo(atMs: number): void {
    this.aheadMs = Math.max(this.aheadMs, atMs - Date.now());
  }

  private arm(): void {
    const due = this.timers.nextDueAt;
    if (this.stopped || due === undefined || due >= this.timerDueAt) return;
    clearTimeout(this.timer);
    this.timerDueAt = due;
    const delayMs = Math.min(MAX_TIMEOUT_MS, Math.max(0, due - this.now()));
    // unref(): a test that forgets stop() must still be able to exit.
    this.timer = setTimeout(() => this.wake(), delayMs).unref();
  }

  private wake(): void {
    this.timerDueAt = Number.POSITIVE_INFINITY;
    this.timers.runDue(this.now());
    this.arm();
  }
}
