import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for a work, but no longer than `limitMs`. The work goes on; returns whether it ended in time. */
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
