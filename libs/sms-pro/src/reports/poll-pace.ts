/** The numbers that bound how much is asked. */
export interface PollPaceRules {
  /** Most questions in one interval, on average. */
  readonly batchSize: number;
  readonly intervalMs: number;
  /** Most questions at once. */
  readonly concurrency: number;
  /** Longest rest, in ms, while the gateway cannot be asked. */
  readonly maxBackoffMs: number;
}

/**
 * How many questions may be asked now. Bounded over time, however often somebody asks for a round; while the gateway
 * is busy, shut or out of reach it is asked one question at a time, ever further apart, whatever waits.
 */
export class PollPace {
  /** Time saved up, in ms of each place of a batch: whole numbers, and a question costs one interval of it. */
  private savedMs: number;
  private filledAt = Number.NEGATIVE_INFINITY;
  private failedRounds = 0;
  private restUntil = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly rules: PollPaceRules,
    private readonly random: () => number = Math.random,
  ) {
    this.savedMs = rules.batchSize * rules.intervalMs;
  }

  /** Questions in a row that brought no answer. */
  get failures(): number {
    return this.failedRounds;
  }

  /** Whether nothing is asked now because the gateway did not answer. */
  isResting(now: number): boolean {
    return now < this.restUntil;
  }

  /** How many questions may be asked at once. */
  allowance(now: number): number {
    if (this.isResting(now)) return 0;
    this.refill(now);
    return Math.min(
      this.failedRounds > 0 ? 1 : this.rules.concurrency,
      Math.floor(this.savedMs / this.rules.intervalMs),
    );
  }

  /** These many are asked. */
  spend(questions: number): void {
    this.savedMs -= questions * this.rules.intervalMs;
  }

  /** The gateway answered: it is asked as before. */
  answered(): void {
    this.failedRounds = 0;
  }

  /** It did not, or said that it is asked too much. */
  failed(now: number): void {
    const { intervalMs, maxBackoffMs } = this.rules;
    const rest = Math.min(intervalMs * 2 ** this.failedRounds, Math.max(maxBackoffMs, intervalMs));
    this.failedRounds += 1;
    // Half of it at random, so that several instances do not come back at once.
    this.restUntil = now + rest / 2 + (rest / 2) * this.random();
  }

  private refill(now: number): void {
    const { batchSize, intervalMs } = this.rules;
    const elapsed = Math.max(0, now - this.filledAt);
    this.filledAt = now;
    this.savedMs = Math.min(batchSize * intervalMs, this.savedMs + elapsed * batchSize);
  }
}
