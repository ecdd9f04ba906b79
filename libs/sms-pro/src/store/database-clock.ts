import { elapsedMs, type Clock, type ClockMark } from '../message/clock.js';

/** Asks the database for its epoch milliseconds. */
export type MeasureDatabaseTime = () => Promise<number>;

/** Longest way, in ms, of a measurement that is believed. */
const LONGEST_WAY_MS = 2_000;

/** Most, in ms, that wall and monotonic time may differ since the last measurement. */
const MOST_DRIFT_MS = 1_000;

function monotonicMs(): number {
  return performance.now();
}

/**
 * Local monotonic time plus the offset to the database's clock, so that several machines on one
 * database agree. Measured at start and every minute; a measurement takes the middle of its round trip.
 */
export class DatabaseClock implements Clock {
  private measuredAt: ClockMark | null = null;
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

  /** Sets the offset anew. A measurement with a long way is thrown away: its middle is a guess. */
  async measure(databaseTime: MeasureDatabaseTime): Promise<void> {
    const before = monotonicMs();
    const epoch = await databaseTime();
    const after = monotonicMs();
    if (this.measuredAt !== null && after - before > LONGEST_WAY_MS) return;
    this.epochAtZero = epoch - (before + after) / 2;
    this.measuredAt = this.mark();
  }

  /**
   * Measures anew where the two clocks of this machine have drifted apart: monotonic time stands still while it
   * sleeps, and what is judged by it would be judged by the past.
   */
  async freshen(databaseTime: MeasureDatabaseTime): Promise<void> {
    const now = this.mark();
    const since = this.measuredAt;
    if (since === null) return this.measure(databaseTime);
    const drift = Math.abs(now.wallMs - since.wallMs - (now.monotonicMs - since.monotonicMs));
    if (drift > MOST_DRIFT_MS) await this.measure(databaseTime);
  }
}
