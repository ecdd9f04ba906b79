/** Rows written before the statistics of a database are first brought up to date; then each time ten times as many. */
const FIRST_ROWS = 2_000;
const GROWTH = 10;

/**
 * Has PostgreSQL look at the tables after this process has written much. Its own service does so within a minute or
 * more, and until then plans as if the tables were empty: a campaign in a young database would be scanned whole for
 * each of its packets.
 */
export class PlannerStatistics {
  private written = 0;
  private next = FIRST_ROWS;
  private running: Promise<void> | null = null;

  /** @param analyze brings the statistics up to date */
  constructor(private readonly analyze: () => Promise<void>) {}

  /** Counts rows that were written. Never waits, and never throws. */
  note(rows: number): void {
    this.written += rows;
    if (this.written < this.next || this.running !== null) return;
    while (this.next <= this.written) this.next *= GROWTH;
    this.running = this.analyze()
      // A user who may not analyze has the server's own service all the same.
      .catch(() => {})
      .finally(() => {
        this.running = null;
      });
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.running;
  }
}
