/** The median. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** A percentile, interpolated between the two nearest values. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = ((sorted.length - 1) * percent) / 100;
  const below = sorted[Math.floor(place)] ?? 0;
  const above = sorted[Math.ceil(place)] ?? below;
  return below + (above - below) * (place - Math.floor(place));
}

/** How long the work takes, in ms. */
export async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** How many things the work does per second; `amount` is their number. */
export async function ratePerSecond(amount: number, work: () => Promise<unknown>): Promise<number> {
  return (amount * 1_000) / (await timeOf(work));
}

/** Does the same work for each item of a list, `concurrency` of them at once. */
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

/** Milliseconds between two instants of `process.hrtime.bigint()`, a clock that all processes of a machine share. */
export function msBetween(from: bigint, to: bigint): number {
  return Number(to - from) / 1e6;
}
