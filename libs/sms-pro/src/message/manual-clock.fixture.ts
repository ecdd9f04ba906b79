import type { Clock, ClockMark } from './clock.js';

/** A clock that stands still until the test moves it. */
export class ManualClock implements Clock {
  /** 2026-01-15 12:00:00 in Bishkek. */
  private current = Date.UTC(2026, 0, 15, 6, 0, 0);

  now(): number {
    return this.current;
  }

  mark(): ClockMark {
    return { monotonicMs: this.current, wallMs: this.current };
  }

  ageMs(since: ClockMark): number {
    return this.current - since.wallMs;
  }

  advance(ms: number): void {
    this.current += ms;
  }
}
