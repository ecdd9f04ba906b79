/** What a scheduler is asked to run. Every method is safe to call at any time, on any number of machines. */
export interface SmsProWork {
  /**
   * Claims packets that are due into the free slots and works them. Resolves, while requests may
   * still be in flight, with the instant (epoch ms) at which there is something to do again, or `null`.
   */
  dispatch(): Promise<number | null>;
  /** Takes up what a dead worker left behind and ends what is past its deadline. */
  sweep(): Promise<void>;
}

/**
 * Decides who runs what and when; correctness never depends on it. A lost or doubled
 * wake costs time, since the sweep finds what was forgotten.
 */
export interface SmsProScheduler {
  /** Begins to run the work. Called once, when the application has started. */
  start(work: SmsProWork): void | Promise<void>;
  /** Says that these packets are due at `dueAt` (epoch ms). Returns at once and never throws. */
  wake(packetIds: readonly string[], dueAt: number): void;
  /** Begins nothing more, and resolves when what was begun by the scheduler itself has returned. */
  stop(): Promise<void>;
}

/** What a scheduler is made from. */
export interface SmsProSchedulerContext {
  /** Name of the module instance. */
  readonly account: string;
  /** Epoch milliseconds by the one clock. */
  readonly now: () => number;
}

/** Makes the scheduler of one module instance. */
export type SmsProSchedulerFactory = (context: SmsProSchedulerContext) => SmsProScheduler;
