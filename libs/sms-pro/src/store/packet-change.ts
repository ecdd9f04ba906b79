import type { Reason } from '../message/reason.js';

/** What becomes of a packet after one try or one probe. Written by the rules of dispatch, carried out by the store. */
export type PacketChange =
  | {
      readonly to: 'accepted';
      readonly phones: number | null;
      readonly smscnt: number | null;
      readonly gatewayStatus: string | null;
      /** No answer was read: the packet is known through its reports. */
      readonly estimated: boolean;
      /** The gateway treated it as a test: nothing was sent, and no report will come. */
      readonly test: boolean;
    }
  | { readonly to: 'rejected'; readonly reason: Reason; readonly gatewayStatus: string; readonly hint: string }
  | { readonly to: 'queued'; readonly dueAt: number; readonly gatewayStatus: string | null }
  | {
      readonly to: 'uncertain';
      readonly dueAt: number;
      /** When the try was given up, for a try; `null` after a probe, which is no try. */
      readonly triedAt: number | null;
      readonly cause: string;
      readonly gatewayStatus: string | null;
      /** A refusal that is believed only if the wait for a repeat ends without a sign of the packet. */
      readonly heldStatus: string | null;
    }
  | { readonly to: 'expired'; readonly reason: 'validity' | 'deadline' }
  | { readonly to: 'canceled' }
  | { readonly to: 'unknown'; readonly reason: 'deadline' };

/** A change, and what the try behind it says of the tries that may have been taken. */
export interface Settlement {
  readonly change: PacketChange;
  /** The try was certainly not taken: one open try less. */
  readonly certainlyNot: boolean;
  /** The try was read and refused with 2, 3, 4 or 11. */
  readonly refused: boolean;
}

/** What becomes of the phones of a packet that is replaced. */
export interface Replacement {
  /** Phones the gateway shows: they stay, and are accepted. */
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
  /** The gateway's own words. They can hold a phone, so they are kept here and nowhere else. */
  readonly detail: string | null;
}
