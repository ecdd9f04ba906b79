import type { Facts } from './facts.js';

/** The result of checking one promise. */
export interface Finding {
  /** Figures as text, given also if the promise was kept. */
  readonly figures: string;
  /** A sentence for each violation. */
  readonly violations: readonly string[];
}

/** One promise, and how it is checked against the facts. Pure: no clock, no process, no database. */
export interface Invariant {
  readonly promise: string;
  check(facts: Facts): Finding;
}

/** Groups a list by a key; groups and their items keep its order. */
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

/** Statuses that never change again, except `unknown`. */
export const FINAL_STATUSES: ReadonlySet<string> = new Set([
  'delivered',
  'undelivered',
  'rejected',
  'unknown',
  'expired',
  'canceled',
]);
