/** A time by two clocks: the monotonic one stops while the machine sleeps, the wall clock can be set back. */
export interface ClockMark {
  /** Monotonic milliseconds. */
  readonly monotonicMs: number;
  /** Wall-clock epoch milliseconds. */
  readonly wallMs: number;
}

/**
 * The only source of time. A method of the store that writes or compares a time takes it from here, as an argument, so that rows written by several machines agree,
 * and tests can set the time.
 */
export interface Clock {
  /** The time of the database's clock, in whole epoch milliseconds. */
  now(): number;
  /** A mark for `ageMs()`. */
  mark(): ClockMark;
  /** Milliseconds since the mark: the larger value of the two clocks, so that it is never less than the true time. */
  ageMs(since: ClockMark): number;
}

/** Milliseconds between two marks: the larger value of the two clocks. */
export function elapsedMs(from: ClockMark, to: ClockMark): number {
  return Math.max(to.monotonicMs - from.monotonicMs, to.wallMs - from.wallMs, 0);
}
