import { backOffMs, withJitter } from '../message/back-off.js';

/** The limits of polling. */
export interface PollPaceRules {
  /** Queries per interval on average, at most. */
  readonly batchSize: number;
  readonly intervalMs: number;
  /** Queries at the same time, at most. */
  readonly concurrency: number;
  /** The longest delay, in ms, while the gateway refuses or cannot be reached. */
  readonly maxBackoffMs: number;
}

/**
 * Decides how many queries may be sent now. The rate is limited, no matter how often a round is started. While the gateway
 * is busy, refuses or cannot be reached, it gets one query at a time with growing delays, no matter how many packets wait.
 */
export class PollPace {
  /** A token bucket, counted in ms to keep it a whole number: one query costs `intervalMs`. */
  private tokensMs: number;
  private filledAt = Number.NEGATIVE_INFINITY;
  private failedRounds = 0;
  private restUntil = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly rules: PollPaceRules,
    private readonly random: () => number = Math.random,
  ) {
    this.tokensMs = rules.batchSize * rules.intervalMs;
  }

  /** Failed rounds in a row. */
  get failures(): number {
    return this.failedRounds;
  }

  /** Whether no query may be sent now because earlier ones failed. */
  isResting(now: number): boolean {
    return now < this.restUntil;
  }

  /** How many queries may be sent at the same time now. */
  allowance(now: number): number {
    if (this.isResting(now)) return 0;
    this.refill(now);
    return Math.min(
      this.failedRounds > 0 ? 1 : this.rules.concurrency,
      Math.floor(this.tokensMs / this.rules.intervalMs),
    );
  }

  /** Counts queries that are sent. */
  spend(queries: number): void {
    this.tokensMs -= queries * this.rules.intervalMs;
  }

  /** Records that the gateway answered: back to the normal pace. */
  answered(): void {
    this.failedRounds = 0;
  }

  /** Records that the gateway did not answer or refused: the delay grows. */
  failed(now: number): void {
    const { intervalMs, maxBackoffMs } = this.rules;
    const rest = backOffMs(intervalMs, this.failedRounds, Math.max(maxBackoffMs, intervalMs));
    this.failedRounds += 1;
    this.restUntil = now + withJitter(rest, this.random);
  }

  private refill(now: number): void {
    const { batchSize, intervalMs } = this.rules;
    const elapsed = Math.max(0, now - this.filledAt);
    this.filledAt = now;
    this.tokensMs = Math.min(batchSize * intervalMs, this.tokensMs + elapsed * batchSize);
  }
}
