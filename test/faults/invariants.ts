import type { Facts } from './facts.js';
import type { Finding, Invariant } from './invariant.js';
import { SENDING_INVARIANTS } from './sending-invariants.js';
import { EVENT_INVARIANTS } from './event-invariants.js';

/** Every promise that a run is checked against. */
const INVARIANTS: readonly Invariant[] = [...SENDING_INVARIANTS, ...EVENT_INVARIANTS];

/** A promise, and the result of its check. */
export interface CheckedPromise extends Finding {
  readonly promise: string;
}

/** Checks every promise against the facts. */
export function checkInvariants(facts: Facts): CheckedPromise[] {
  return INVARIANTS.map((invariant) => ({ promise: invariant.promise, ...invariant.check(facts) }));
}
