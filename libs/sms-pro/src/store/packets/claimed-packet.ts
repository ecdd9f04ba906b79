import { HeldRefusal } from '../../message/held-refusal.js';
import { flag, int, intOrNull, oneOf, text, textOrNull } from '../database/row-reader.js';
import type { SqlRow } from '../database/sql-session.js';

/** Proof that a packet is this worker's: a settle with another token changes nothing. */
export interface Lease {
  readonly owner: string;
  readonly token: number;
  readonly until: number;
}

/** A packet as the worker that claimed it sees it. */
export interface ClaimedPacket {
  readonly packetId: string;
  readonly rootPacketId: string;
  readonly messageId: string;
  readonly sender: string;
  readonly text: string | null;
  readonly test: boolean;
  readonly sensitive: boolean;
  readonly segments: number;
  readonly phones: readonly string[];
  /** Phones with a trusted report that names this packet. */
  readonly reported: readonly string[];
  readonly state: 'sending' | 'uncertain';
  /** Claims for a POST so far, this one included. */
  readonly attempts: number;
  /** Tries that may have been taken, this one included if `state` is `sending`. */
  readonly openTries: number;
  readonly probes: number;
  readonly refusals: number;
  /** A refusal that does not yet decide what happens to the packet, or `null`. */
  readonly held: HeldRefusal | null;
  readonly cancelRequested: boolean;
  readonly validUntil: number | null;
  readonly deadlineAt: number;
  /** When the last try was given up. */
  readonly lastTryAt: number | null;
  readonly lease: Lease;
}

/** The condition that a packet is canceled: it is marked, or its campaign is, whose packets may not all be marked yet. */
export function isCanceled(packet: string): string {
  return `(${packet}.cancel_requested = 1 OR EXISTS (SELECT 1 FROM sms_pro_campaign c
    WHERE c.campaign_id = ${packet}.campaign_id AND c.state = 'canceled'))`;
}

/** The same for a packet `p`, as a column called `cancel_requested`. */
export const CANCELED_COLUMN = `CASE WHEN ${isCanceled('p')} THEN 1 ELSE 0 END AS cancel_requested`;

/** The columns a claim reads, over `sms_pro_packet p JOIN sms_pro_message m`. */
export const CLAIMED_COLUMNS = `p.packet_id, p.root_packet_id, p.message_id, p.sender, m.text, p.test, p.is_sensitive, p.segments, p.state,
  p.attempts, p.open_tries, p.probes, p.refusals, p.held_status, ${CANCELED_COLUMN}, p.valid_until,
  p.deadline_at, p.last_try_at, p.lease_owner, p.lease_token, p.lease_until`;

/** Reads a claimed row. */
export function claimedPacket(
  row: SqlRow,
  { phones, reported }: Pick<ClaimedPacket, 'phones' | 'reported'>,
): ClaimedPacket {
  const held = textOrNull(row, 'held_status');
  return {
    packetId: text(row, 'packet_id'),
    rootPacketId: text(row, 'root_packet_id'),
    messageId: text(row, 'message_id'),
    sender: text(row, 'sender'),
    text: textOrNull(row, 'text'),
    test: flag(row, 'test'),
    sensitive: flag(row, 'is_sensitive'),
    segments: int(row, 'segments'),
    phones,
    reported,
    state: oneOf(row, 'state', ['sending', 'uncertain'] as const),
    attempts: int(row, 'attempts'),
    openTries: int(row, 'open_tries'),
    probes: int(row, 'probes'),
    refusals: int(row, 'refusals'),
    held: held === null ? null : HeldRefusal.parse(held),
    cancelRequested: flag(row, 'cancel_requested'),
    validUntil: intOrNull(row, 'valid_until'),
    deadlineAt: int(row, 'deadline_at'),
    lastTryAt: intOrNull(row, 'last_try_at'),
    lease: {
      owner: text(row, 'lease_owner'),
      token: int(row, 'lease_token'),
      until: int(row, 'lease_until'),
    },
  };
}
