import type { RecipientStatus } from './recipient-status.js';

/** Where one packet (one request to `/api/message`) stands. */
export const PACKET_STATES = [
  'queued',
  'sending',
  'uncertain',
  'accepted',
  'rejected',
  'expired',
  'canceled',
  'split',
  'unknown',
] as const;

/** Where one packet stands. `uncertain`: it may have been sent, and nobody knows whether the gateway took it. */
export type PacketState = (typeof PACKET_STATES)[number];

/** The status of a recipient that has no report of its own: it follows its packet. */
export const STATUS_OF_STATE: Record<PacketState, RecipientStatus> = {
  queued: 'queued',
  sending: 'queued',
  uncertain: 'queued',
  accepted: 'accepted',
  rejected: 'rejected',
  expired: 'expired',
  canceled: 'canceled',
  // A split packet keeps no recipient: they moved on to its children.
  split: 'queued',
  unknown: 'unknown',
};
