import type { SmsProLogger } from './sms-pro.logger.js';

/** The result of one `workOne()`. */
export interface SmsProTurn {
  /** Whether a packet was claimed. */
  readonly worked: boolean;
  /** When the next packet is due, in epoch ms; `null` if none waits. */
  readonly nextAt: number | null;
}

/** Resolves to whether the slot still belongs to this worker, so that the request may be sent. Never rejects. */
export type SmsProConfirmSlot = () => Promise<boolean>;

/** The work that a scheduler runs. Every method is safe to call at any time, on any number of machines. */
export interface SmsProWork {
  /**
   * Claims as many due packets as there are free slots, and starts their requests. Does not wait for the requests.
   * Resolves to the time when the next packet is due, in epoch ms, or to `null` if none waits.
   */
  dispatch(): Promise<number | null>;
  /**
   * Claims the most urgent due packet, sends its request and resolves when the outcome is stored. For schedulers that
   * limit the requests in flight of many processes: they have one slot for each request.
   * @param confirmSlot called after the claim is committed, right before the request is sent; `false` puts the packet
   * back into the queue
   */
  workOne(confirmSlot?: SmsProConfirmSlot): Promise<SmsProTurn>;
  /** The number of packets that are due now and not leased; counting stops at `max`. */
  countDue(max: number): Promise<number>;
  /** The ids of all packets that are leased now, by any process. Includes the packet of every request in flight. */
  listLeased(): Promise<readonly string[]>;
  /** Takes over packets whose worker died (their lease has ended), and ends packets past their deadline. */
  sweep(): Promise<void>;
  /** One round of polling: queries `/api/dr` for reports that were not pushed. */
  poll(): Promise<void>;
}

/**
 * Decides which process works when. Correctness does not depend on it: a lost or repeated `wake()` only costs time, since
 * `sweep()` and `dispatch()` read from the database what is due.
 */
export interface SmsProScheduler {
  /**
   * Whether the scheduler calls `poll()` itself, in one dispatching process for all of them. @default false: each process polls at
   * an interval, registered in the `SchedulerRegistry` of `@nestjs/schedule`
   */
  readonly schedulesPolling?: boolean;
  /**
   * Begins to run the work. Called once, when the application has started. Not called if `dispatch.enabled` is `false`:
   * `wake()` should then reach the processes that dispatch.
   */
  start(work: SmsProWork): void | Promise<void>;
  /** Announces packets that are due at `dueAt` (epoch ms). Must return at once and never throw. */
  wake(packetIds: readonly string[], dueAt: number): void;
  /** Starts no more work, and resolves when every call that this scheduler started has returned. */
  stop(): Promise<void>;
}

/** What the module passes to the factory of a scheduler. */
export interface SmsProSchedulerContext {
  /** Name of the module instance, `default` if it has none. */
  readonly account: string;
  /** The current time in epoch ms, by the database's clock. Use it in place of `Date.now()`. */
  readonly now: () => number;
  /** The largest number of requests in flight from this process (`dispatch.concurrency`). */
  readonly concurrency: number;
  /** The longest time of one request, in ms (`timeoutMs`). */
  readonly timeoutMs: number;
  /** Time, in ms, that `stop()` may wait for requests in flight (`dispatch.shutdownTimeoutMs`). */
  readonly shutdownTimeoutMs: number;
  /** Interval, in ms, between two rounds of polling (`polling.intervalMs`); `null` if this process does not poll. */
  readonly pollIntervalMs: number | null;
  /** The log of this module instance. Log no text, phone or credential. */
  readonly logger: SmsProLogger;
}

/** Makes the scheduler of one module instance. */
export type SmsProSchedulerFactory = (context: SmsProSchedulerContext) => SmsProScheduler;
