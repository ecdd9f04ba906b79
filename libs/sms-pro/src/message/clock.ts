/** An instant as two clocks saw it: one stands still while a machine sleeps, the other can be set back. */
export interface ClockMark {
  /** Monotonic milliseconds. */
  readonly monotonicMs: number;
  /** Wall-clock epoch milliseconds. */
  readonly wallMs: number;
}

/**
 * The one source of time. Every method of the store takes `now` from it, so that
 * rows written by several machines, and by tests, agree.
 */
export interface Clock {
  /** Epoch milliseconds, whole, by the database's clock. */
  now(): number;
  /** A mark to measure an age from. */
  mark(): ClockMark;
  /** Milliseconds since the mark: the greater of the two clocks, never less than what truly passed. */
  ageMs(since: ClockMark): number;
}

/** The greater of two differences between marks. */
export function elapsedMs(from: ClockMark, to: ClockMark): number {
  return Math.max(to.monotonicMs - from.monotonicMs, to.wallMs - from.wallMs, 0);
}
