/** What one run of a measurement gave. */
export interface Measured {
  readonly name: string;
  readonly unit: string;
  /** Per second. */
  readonly rates: readonly number[];
}

/** The middle of several runs. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}

/** Things per second, over one run. */
export async function ratePerSecond(amount: number, work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (amount * 1_000) / (performance.now() - startedAt);
}

/** Runs the same work over a list, so many at once. */
export async function atOnce<T>(
  items: readonly T[],
  concurrency: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await work(item);
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}

function round(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** One line of the table: what was measured beside its floor, in the same run. */
export function line(measured: Measured, floor: Measured): string {
  const spread = `${round(Math.min(...measured.rates))}–${round(Math.max(...measured.rates))}`;
  const ratio = median(measured.rates) / median(floor.rates);
  return [
    measured.name.padEnd(34),
    `${round(median(measured.rates))} ${measured.unit}`.padStart(20),
    spread.padStart(18),
    `${round(median(floor.rates))}`.padStart(12),
    ratio.toFixed(2).padStart(8),
  ].join('');
}
