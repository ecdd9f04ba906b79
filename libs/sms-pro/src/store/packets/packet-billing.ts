import type { PacketHead } from './packet-head.js';

/** What is known of an accepted packet. */
export interface Acceptance {
  /** Phones that the gateway recognised; `null` if no answer was read. */
  readonly phones: number | null;
  /** Segments per phone as the gateway counts them; `null` if no answer was read. */
  readonly smscnt: number | null;
  /** No answer was read: the packet is known only through its reports. */
  readonly estimated: boolean;
}

/** A packet that is known to be accepted only through its reports. */
export const ACCEPTED_BY_REPORT: Acceptance = { phones: null, smscnt: null, estimated: true };

/** SMS billed: what the answer says, or our own estimate. */
export function billedOf(packet: PacketHead, { phones, smscnt }: Acceptance): number {
  return packet.test ? 0 : (phones ?? packet.recipients) * (smscnt ?? packet.segments);
}
