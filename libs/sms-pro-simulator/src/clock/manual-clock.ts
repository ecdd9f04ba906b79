import type { SimulatorClock } from './simulator-clock.js';
import { SteppingClock } from './stepping-clock.js';

/** A clock that stands still until the test moves it with `advance`. */
export interface ManualClock extends SimulatorClock {
  /** Never moves time back: an earlier instant is ignored. */
  set(atMs: number): Promise<void>;
}

class StandingClock extends SteppingClock implements ManualClock {
  constructor(private current: number) {
    super();
  }

  now(): number {
    return this.current;
  }

  async set(atMs: number): Promise<void> {
    if (atMs > this.current) await this.advance(atMs - this.current);
  }

  override schedule(atMs: number, run: () => void): void {
    // What is already due runs at the next step, not inside this call.
    super.schedule(Math.max(atMs, this.current), run);
  }

  protected moveTo(atMs: number): void {
    this.current = Math.max(this.current, atMs);
  }
}

/**
 * Makes a clock for tests.
 * @param startMs epoch milliseconds. @default the host's time now
 */
export function createManualClock(startMs: number = Date.now()): ManualClock {
  return new StandingClock(startMs);
}
