import { elapsedMs, type Clock, type ClockMark } from '../../message/clock.js';

/** Asks the database for its epoch milliseconds. */
export type MeasureDatabaseTime = () => Promise<number>;

/** Round trip, in ms, above which a measurement is ignored. */
const MAX_ROUND_TRIP_MS = 2_000;

/** How far, in ms, wall and monotonic time may drift apart before the clock is measured again. */
const MAX_DRIFT_MS = 1_000;

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

  /** Sets the offset again. A measurement with a long round trip is ignored: its middle is a guess. */
  async measure(databaseTime: MeasureDatabaseTime): Promise<void> {
    const before = monotonicMs();
    const epoch = await databaseTime();
    const after = monotonicMs();
    if (this.measuredAt !== null && after - before > MAX_ROUND_TRIP_MS) return;
    this.epochAtZero = epoch - (before + after) / 2;
    this.measuredAt = this.mark();
  }

  /**
   * Measures again if the two clocks of this machine have drifted apart: monotonic time stops while the machine sleeps,
   * so `now()` would be in the past.
   */
  async freshen(databaseTime: MeasureDatabaseTime): Promise<void> {
    const now = this.mark();
    const since = this.measuredAt;
    if (since === null) return this.measure(databaseTime);
    const drift = Math.abs(now.wallMs - since.wallMs - (now.monotonicMs - since.monotonicMs));
    if (drift > MAX_DRIFT_MS) await this.measure(databaseTime);
  }
}
