import { setTimeout as pause } from 'node:timers/promises';

/**
 * How long a test waits, in ms, for what has to come. It is longer than any work takes on a busy machine, so that only
 * a hang ends it, and shorter than the time-out of Jest, so that the test still says what it has seen.
 */
export const LONG_MS = 100_000;

/** Waits for the thing itself: looks again until it is there, and fails with what it saw last. */
export async function eventually<T>(
  look: () => Promise<T> | T,
  isThere: (seen: T) => boolean,
  timeoutMs = LONG_MS,
): Promise<T> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (isThere(seen)) return seen;
    if (performance.now() > until) {
      throw new Error(`Not there after ${timeoutMs} ms. Last seen: ${JSON.stringify(seen)}`);
    }
    await pause(10);
  }
}
