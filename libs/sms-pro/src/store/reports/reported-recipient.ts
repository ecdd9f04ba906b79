import { HeldRefusal } from '../../message/held-refusal.js';
import type { RecipientStatus } from '../../message/recipient-status.js';
import { text, textOrNull } from '../database/row-reader.js';
import type { SqlRow } from '../database/sql-session.js';
import { hasNewerStatus, storedState, storedStatus } from '../packets/stored-status.js';

/** The recipient that a report is about. */
export interface ReportedRecipient {
  readonly rootPacketId: string;
  /** The packet it is in now; the report may name an older one. */
  packetId: string;
  readonly messageId: string;
  readonly phone: string;
  status: RecipientStatus;
  /** A newer version gave it its status, so this one does not change it. */
  readonly hasNewerStatus: boolean;
  state: ReturnType<typeof storedState>;
  /** The gateway refused the packet for some of its phones (status 7), and it is not yet known for which. */
  readonly isBeingSplit: boolean;
}

/** Reads a recipient with the state of its packet. */
export function reportedRecipient(row: SqlRow): ReportedRecipient {
  const state = storedState(row);
  const held = textOrNull(row, 'held_status');
  return {
    rootPacketId: text(row, 'root_packet_id'),
    packetId: text(row, 'packet_id'),
    messageId: text(row, 'message_id'),
    phone: text(row, 'phone'),
    status: storedStatus(row, 'status'),
    hasNewerStatus: hasNewerStatus(row, 'status'),
    state,
    isBeingSplit: state === 'uncertain' && held !== null && HeldRefusal.parse(held).isForPhones,
  };
}
