/**
 * The delay, in ms, before the next try: `firstMs`, then doubled with each try, up to `maxMs`.
 *
 * @param tries the number of delays before this one
 */
export function backOffMs(firstMs: number, tries: number, maxMs: number): number {
  return Math.min(firstMs * 2 ** tries, maxMs);
}

/** A random delay between half of the given one and all of it, so that several instances do not retry at the same time. */
export function withJitter(delayMs: number, random: () => number): number {
  return delayMs / 2 + (delayMs / 2) * random();
}
