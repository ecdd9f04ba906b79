import type { HeldRefusal } from '../../message/held-refusal.js';
import type { Reason } from '../../message/reason.js';

/** What happens to a packet after one try or probe. The rules of dispatch decide it, and the store carries it out. */
export type PacketChange =
  | {
      readonly to: 'accepted';
      readonly phones: number | null;
      readonly smscnt: number | null;
      readonly gatewayStatus: string | null;
      /** No answer was read: the packet is known only through its reports. */
      readonly estimated: boolean;
      /** The gateway treated it as a test: nothing was sent, and no report will come. */
      readonly test: boolean;
    }
  | { readonly to: 'rejected'; readonly reason: Reason; readonly gatewayStatus: string; readonly hint: string }
  | { readonly to: 'queued'; readonly dueAt: number; readonly gatewayStatus: string | null }
  | {
      readonly to: 'uncertain';
      readonly dueAt: number;
      /** For a try: when it was given up. `null` after a probe, which is no try. */
      readonly triedAt: number | null;
      readonly cause: string;
      readonly gatewayStatus: string | null;
      /** A refusal that counts only if the gateway still does not know the packet after the wait for a repeat. */
      readonly held: HeldRefusal | null;
    }
  | { readonly to: 'expired'; readonly reason: 'validity' | 'deadline' }
  | { readonly to: 'canceled' }
  | { readonly to: 'unknown'; readonly reason: 'deadline' };

/** A change, and what it means for the count of open tries. */
export interface Settlement {
  readonly change: PacketChange;
  /** The gateway certainly did not take the try: one open try less. */
  readonly certainlyNotSent: boolean;
  /** The answer was read, and was a refusal with 2, 3, 4 or 11. */
  readonly refused: boolean;
}

/** Where the phones of a packet go that is replaced. */
export interface Replacement {
  /** Phones that the gateway shows: they stay, and are accepted. */
  readonly kept: readonly string[];
  /** The others, one new packet for each group. */
  readonly groups: readonly (readonly string[])[];
}

/** One try or probe, for the audit. */
export interface AttemptRecord {
  readonly kind: 'send' | 'probe';
  readonly startedAt: number;
  readonly endedAt: number;
  readonly outcome: string;
  readonly gatewayStatus: string | null;
  readonly httpStatus: number | null;
  readonly phones: number | null;
  readonly smscnt: number | null;
  /** The gateway's own message. It can contain a phone, so it is stored here and nowhere else. */
  readonly detail: string | null;
}
