import type { RecipientStatus } from './recipient-status.js';

/** Every {@link PacketState}. */
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

/** The state of a packet (one request to `/api/message`). `uncertain`: it may have been sent, and it is unknown whether the gateway took it. */
export type PacketState = (typeof PACKET_STATES)[number];

/** Whether dispatch has not finished a packet in this state. */
const IS_OPEN: Record<PacketState, boolean> = {
  queued: true,
  sending: true,
  uncertain: true,
  accepted: false,
  rejected: false,
  expired: false,
  canceled: false,
  split: false,
  unknown: false,
};

/** The states of packets that dispatch has not finished. */
export const OPEN_PACKET_STATES: readonly PacketState[] = PACKET_STATES.filter((state) => IS_OPEN[state]);

/** The status of a recipient that has no report of its own: it follows its packet. */
export const STATUS_OF_STATE: Record<PacketState, RecipientStatus> = {
  queued: 'queued',
  sending: 'queued',
  uncertain: 'queued',
  accepted: 'accepted',
  rejected: 'rejected',
  expired: 'expired',
  canceled: 'canceled',
  // A split packet has no recipients: they were moved to its child packets.
  split: 'queued',
  unknown: 'unknown',
};
