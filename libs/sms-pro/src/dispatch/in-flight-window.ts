import type { Clock } from '../message/clock.js';

/** Within so many ms, signals that the gateway is busy count once. */
const SAME_MOMENT_MS = 1_000;

/**
 * How many requests may be in flight: one more after a full round of good answers, half as many when the gateway is busy.
 */
export class InFlightWindow {
  private current: number;
  private goodAnswers = 0;
  private shrunkAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly max: number,
    private readonly clock: Pick<Clock, 'now'>,
  ) {
    this.current = Math.max(1, Math.ceil(max / 2));
  }

  get size(): number {
    return this.current;
  }

  /** The gateway took a packet. */
  grow(): void {
    this.goodAnswers += 1;
    if (this.goodAnswers < this.current) return;
    this.goodAnswers = 0;
    this.current = Math.min(this.current + 1, this.max);
  }

  /** The gateway is busy. One busy moment counts once, however many requests were in flight. */
  shrink(): void {
    const now = this.clock.now();
    if (now - this.shrunkAt < SAME_MOMENT_MS) return;
    this.shrunkAt = now;
    this.current = Math.max(1, Math.floor(this.current / 2));
    this.goodAnswers = 0;
  }
}
