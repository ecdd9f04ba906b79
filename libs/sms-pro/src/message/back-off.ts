/**
 * The delay, in ms, before the next try. It doubles with each try, up to a limit.
 *
 * @param tries how many delays there were before this one
 */
export function backOffMs(firstMs: number, tries: number, maxMs: number): number {
  return Math.min(firstMs * 2 ** tries, maxMs);
}

/** A random delay between half of the given one and all of it, so that several instances do not come back at once. */
export function withJitter(delayMs: number, random: () => number): number {
  return delayMs / 2 + (delayMs / 2) * random();
}
