import type { SmsProLogger } from './sms-pro.logger.js';

/** The result of one turn of work. */
export interface SmsProTurn {
  /** Whether there was a packet to work on. */
  readonly worked: boolean;
  /** When there is something to do again (epoch ms), or `null` where nothing waits. */
  readonly nextAt: number | null;
}

/** Confirms that the slot is still this worker's, so that a request may be sent now. Never rejects. */
export type SmsProConfirmSlot = () => Promise<boolean>;

/** What a scheduler is asked to run. Every method is safe to call at any time, on any number of machines. */
export interface SmsProWork {
  /**
   * Claims packets that are due into the free slots and works them. Resolves, while requests may
   * still be in flight, with the instant (epoch ms) at which there is something to do again, or `null`.
   */
  dispatch(): Promise<number | null>;
  /**
   * Claims the most urgent packet that is due and works it: one request. Resolves when it is settled. For schedulers
   * that have a slot for each request, so that they can limit the requests in flight of a whole fleet.
   * @param confirmSlot called right before the request is sent, after the claim was committed; `false` puts the packet
   * back
   */
  workOne(confirmSlot?: SmsProConfirmSlot): Promise<SmsProTurn>;
  /** How many packets are due now and not leased, counted up to `max`. */
  countDue(max: number): Promise<number>;
  /** The packets that are leased now, by any process: whatever request is in flight, its packet is among them. */
  listLeased(): Promise<readonly string[]>;
  /** Takes over what a dead worker left, and ends what is past its deadline. */
  sweep(): Promise<void>;
  /** One round of polling: asks for reports that were not pushed. */
  poll(): Promise<void>;
}

/**
 * Decides who runs what and when. Correctness never depends on it: a lost or doubled wake costs time, since the sweep
 * finds what was forgotten.
 */
export interface SmsProScheduler {
  /**
   * Whether it calls `poll()` itself, once for the fleet, from processes that dispatch. @default each process polls by
   * an interval of `@nestjs/schedule`
   */
  readonly schedulesPolling?: boolean;
  /**
   * Begins to run the work. Called once, when the application has started, and not at all where `dispatch.enabled` is
   * `false`: `wake()` then reaches the processes that do.
   */
  start(work: SmsProWork): void | Promise<void>;
  /** Says that these packets are due at `dueAt` (epoch ms). Returns at once and never throws. */
  wake(packetIds: readonly string[], dueAt: number): void;
  /** Starts nothing more, and resolves when the calls that the scheduler itself started have returned. */
  stop(): Promise<void>;
}

/** What a scheduler gets to work with. */
export interface SmsProSchedulerContext {
  /** Name of the module instance. */
  readonly account: string;
  /** Epoch milliseconds by the one clock. */
  readonly now: () => number;
  /** Most requests in flight from this process (`dispatch.concurrency`). */
  readonly concurrency: number;
  /** Longest time, in ms, of one request (`timeoutMs`). */
  readonly timeoutMs: number;
  /** How long, in ms, `stop()` may wait for requests in flight (`dispatch.shutdownTimeoutMs`). */
  readonly shutdownTimeoutMs: number;
  /** How often, in ms, reports are asked for (`polling.intervalMs`); `null` where this process does not poll. */
  readonly pollIntervalMs: number | null;
  /** For what a person should know. Log no text, phone or credential. */
  readonly logger: SmsProLogger;
}

/** Makes the scheduler of one module instance. */
export type SmsProSchedulerFactory = (context: SmsProSchedulerContext) => SmsProScheduler;
