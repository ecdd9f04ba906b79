/** The middle of several runs. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The value that so many percent of all are not above, between two of them where none is exactly there. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = ((sorted.length - 1) * percent) / 100;
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
}

/** How long, in ms, the work took. */
export async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** Things per second. */
export async function ratePerSecond(amount: number, work: () => Promise<unknown>): Promise<number> {
  return (amount * 1_000) / (await timeOf(work));
}

/** Runs the same work over a list, so many at once. */
export async function atOnce<T>(
  items: readonly T[],
  concurrency: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const left = items.values();
  const lane = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}

/** Milliseconds between two instants of `process.hrtime.bigint()`, which all processes of a machine share. */
export function msBetween(from: bigint, to: bigint): number {
  return Number(to - from) / 1e6;
}
