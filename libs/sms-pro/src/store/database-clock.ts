import { elapsedMs, type Clock, type ClockMark } from '../message/clock.js';

/** Asks the database for its epoch milliseconds. */
export type MeasureDatabaseTime = () => Promise<number>;

function monotonicMs(): number {
  return performance.now();
}

/**
 * Local monotonic time plus the offset to the database's clock, so that several machines on one
 * database agree. Measured at start and every minute; a measurement takes the middle of its round trip.
 */
export class DatabaseClock implements Clock {
  private epochAtZero = Date.now() - monotonicMs();

  now(): number {
    return Math.round(this.epochAtZero + monotonicMs());
  }

  mark(): ClockMark {
    return { monotonicMs: monotonicMs(), wallMs: Date.now() };
  }

  ageMs(since: ClockMark): number {
    return elapsedMs(since, this.mark());
  }

  /** Sets the offset anew. */
  async measure(databaseTime: MeasureDatabaseTime): Promise<void> {
    const before = monotonicMs();
    const epoch = await databaseTime();
    const after = monotonicMs();
    this.epochAtZero = epoch - (before + after) / 2;
  }
}
