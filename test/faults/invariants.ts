import type { Facts } from './facts.js';
import type { Finding, Invariant } from './invariant.js';
import { SENDING_INVARIANTS } from './sending-invariants.js';
import { EVENT_INVARIANTS } from './event-invariants.js';

/** Every promise that a run is held against. */
export const INVARIANTS: readonly Invariant[] = [...SENDING_INVARIANTS, ...EVENT_INVARIANTS];

/** A promise, and what it came to. */
export interface CheckedPromise extends Finding {
  readonly promise: string;
}

/** Holds the facts against every promise. */
export function checkInvariants(facts: Facts): CheckedPromise[] {
  return INVARIANTS.map((invariant) => ({ promise: invariant.promise, ...invariant.check(facts) }));
}
