import type { PauseReason } from '../message/reason.js';

/** What the outcome of one request says about the account, not only about its packet. */
export type AccountSignal =
  | { readonly kind: 'taken' }
  /** `status`: a refusal that, if many packets in a row get it, is about the account or the sender. */
  | { readonly kind: 'refused'; readonly status?: string }
  /** The gateway is busy: fewer requests at a time. */
  | { readonly kind: 'slow' }
  /** The gateway asks for fewer requests (429), and did not take this one. */
  | { readonly kind: 'throttled' }
  /** The gateway cannot be reached: one try at a time, with growing delays. */
  | { readonly kind: 'unreachable' }
  /** Something answers at the gateway's address, but not the gateway. */
  | { readonly kind: 'not-processed' }
  | { readonly kind: 'pause'; readonly reason: PauseReason; readonly hint: string; readonly gatewayStatus: string };
