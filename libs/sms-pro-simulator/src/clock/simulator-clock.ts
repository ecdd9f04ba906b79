/** The simulator's notion of time: lives, push repeats, late processing and id windows follow it. */
export interface SimulatorClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Runs `run` once at `atMs` (epoch milliseconds) or as soon after as can be. */
  schedule(atMs: number, run: () => void): void;
  /**
   * Moves the clock forward by `ms`, stopping at every instant at which something is due, and waits after
   * each for the report pushes that came of it. A manual clock moves only so; a real one jumps ahead.
   */
  advance(ms: number): Promise<void>;
  /** `settle` is awaited after each step of `advance`. Returns a function that takes it off again. */
  settleWith(settle: () => Promise<void>): () => void;
  /** Stops host timers. What is still scheduled never runs. */
  stop(): void;
}
