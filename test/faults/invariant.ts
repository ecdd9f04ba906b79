import type { Facts } from './facts.js';

/** What one promise came to. */
export interface Finding {
  /** Figures in words, whether it was kept or not. */
  readonly figures: string;
  /** A sentence for each thing that breaks it. */
  readonly violations: readonly string[];
}

/** One promise, and how it is held against the facts. Pure: no clock, no process, no database. */
export interface Invariant {
  readonly promise: string;
  check(facts: Facts): Finding;
}

/** Groups by a key, in the order of the list. */
export function grouped<T>(list: readonly T[], keyOf: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of list) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
}

/** The statuses from which nothing moves, but for `unknown`. */
export const FINAL_STATUSES: ReadonlySet<string> = new Set([
  'delivered',
  'undelivered',
  'rejected',
  'unknown',
  'expired',
  'canceled',
]);
