import { backOffMs, withJitter } from '../message/back-off.js';

/** The numbers that limit how much is asked. */
export interface PollPaceRules {
  /** Queries in one interval, on average, at most. */
  readonly batchSize: number;
  readonly intervalMs: number;
  /** Queries at once, at most. */
  readonly concurrency: number;
  /** The longest delay, in ms, while the gateway cannot be asked. */
  readonly maxBackoffMs: number;
}

/**
 * How many queries may be sent now. The rate is limited, however often a round is asked for. While the gateway is busy,
 * refuses or cannot be reached, it gets one query at a time with growing delays, however much waits.
 */
export class PollPace {
  /** A token bucket in ms, so that it holds whole numbers: one query costs one interval. */
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

  /** Rounds in a row without an answer. */
  get failures(): number {
    return this.failedRounds;
  }

  /** Whether nothing is asked now because the gateway did not answer. */
  isResting(now: number): boolean {
    return now < this.restUntil;
  }

  /** How many queries may be sent at once. */
  allowance(now: number): number {
    if (this.isResting(now)) return 0;
    this.refill(now);
    return Math.min(
      this.failedRounds > 0 ? 1 : this.rules.concurrency,
      Math.floor(this.tokensMs / this.rules.intervalMs),
    );
  }

  /** So many are sent. */
  spend(queries: number): void {
    this.tokensMs -= queries * this.rules.intervalMs;
  }

  /** The gateway answered: back to the normal pace. */
  answered(): void {
    this.failedRounds = 0;
  }

  /** It did not answer, or refused. */
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
