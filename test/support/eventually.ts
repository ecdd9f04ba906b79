import { setTimeout as pause } from 'node:timers/promises';

/** Waits for the thing itself: looks again until it is there, and fails with what it saw last. */
export async function eventually<T>(
  look: () => Promise<T> | T,
  isThere: (seen: T) => boolean,
  timeoutMs = 10_000,
): Promise<T> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (isThere(seen)) return seen;
    if (performance.now() > until)
      throw new Error(`Not there after ${timeoutMs} ms. Last seen: ${JSON.stringify(seen)}`);
    await pause(10);
  }
}
