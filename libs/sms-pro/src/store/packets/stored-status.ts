import { PACKET_STATES, STATUS_OF_STATE, type PacketState } from '../../message/packet-state.js';
import { RECIPIENT_STATUSES, type RecipientStatus } from '../../message/recipient-status.js';
import { knownOrNull } from '../database/row-reader.js';
import type { SqlRow } from '../database/sql-session.js';

/** Stands for any state that a newer version wrote: this version does not act on such a packet. */
const UNKNOWN_STATE = 'newer';

/** The state of a packet in the column `state`. */
export function storedState(row: SqlRow): PacketState | typeof UNKNOWN_STATE {
  return knownOrNull(row, 'state', PACKET_STATES) ?? UNKNOWN_STATE;
}

/**
 * The status of a recipient: its own, or the one that follows from the state of its packet. What a newer version wrote
 * reads as `unknown` for a recipient, and as `queued` for a packet; the row itself is left alone.
 */
export function storedStatus(row: SqlRow, ownColumn: string): RecipientStatus {
  if (row[ownColumn] !== null) return knownOrNull(row, ownColumn, RECIPIENT_STATUSES) ?? 'unknown';
  const state = storedState(row);
  return state === UNKNOWN_STATE ? 'queued' : STATUS_OF_STATE[state];
}

/** Whether a newer version gave the recipient a status that this one does not know. */
export function hasNewerStatus(row: SqlRow, ownColumn: string): boolean {
  return row[ownColumn] !== null && knownOrNull(row, ownColumn, RECIPIENT_STATUSES) === null;
}
