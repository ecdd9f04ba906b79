/** The simulator's time: report changes, push retries, late processing and id windows follow it. */
export interface SimulatorClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Runs `run` once at `atMs` (epoch milliseconds) or as soon as possible after it. */
  schedule(atMs: number, run: () => void): void;
  /**
   * Moves the clock forward by `ms`. It stops at every instant at which something is due, and waits for the report
   * pushes that this causes. A manual clock moves in no other way; a real one jumps ahead.
   */
  advance(ms: number): Promise<void>;
  /** `settle` is awaited after each step of `advance`. Returns a function that removes it. */
  settleWith(settle: () => Promise<void>): () => void;
  /** Stops host timers. What is still scheduled never runs. */
  stop(): void;
}
