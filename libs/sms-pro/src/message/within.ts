import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a promise, but no longer than `limitMs`. Returns whether it was resolved in time; the work itself continues. */
export async function within(limitMs: number, work: Promise<unknown>): Promise<boolean> {
  const over = new AbortController();
  const limit = sleep(limitMs, false, { signal: over.signal });
  try {
    return await Promise.race([work.then(() => true), limit]);
  } finally {
    over.abort();
    await limit.catch(() => {});
  }
}
