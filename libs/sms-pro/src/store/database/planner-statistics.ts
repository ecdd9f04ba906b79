/** After how many written rows the statistics are first updated; then each time after ten times as many. */
const FIRST_ROWS = 2_000;
const GROWTH = 10;

/**
 * Updates PostgreSQL's statistics after this process has written many rows. Autovacuum does so only after a minute or
 * more, and until then the planner assumes that the tables are empty: in a new database each packet of a campaign would
 * cost a scan of the whole table.
 */
export class PlannerStatistics {
  private written = 0;
  private next = FIRST_ROWS;
  private running: Promise<void> | null = null;

  /** @param analyze updates the statistics */
  constructor(private readonly analyze: () => Promise<void>) {}

  /** Counts written rows. Never waits, and never throws. */
  note(rows: number): void {
    this.written += rows;
    if (this.written < this.next || this.running !== null) return;
    while (this.next <= this.written) this.next *= GROWTH;
    this.running = this.analyze()
      // A user who may not ANALYZE still has autovacuum.
      .catch(() => {})
      .finally(() => {
        this.running = null;
      });
  }

  /** Resolves when no update is running. */
  async idle(): Promise<void> {
    await this.running;
  }
}
