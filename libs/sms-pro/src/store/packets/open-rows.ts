import { OPEN_PACKET_STATES } from '../../message/packet-state.js';
import { isFinal, RECIPIENT_STATUSES } from '../../message/recipient-status.js';

/** Constants of this package as a list in SQL. */
const sqlList = (words: readonly string[]) => words.map((word) => `'${word}'`).join(', ');

/** The states of packets that dispatch has not finished, as a list in SQL. */
export const OPEN_STATES = sqlList(OPEN_PACKET_STATES);

/** The statuses that a recipient can have of its own before its end, as a list in SQL. */
export const OPEN_STATUSES = sqlList(RECIPIENT_STATUSES.filter((status) => status !== 'queued' && !isFinal(status)));

/** The condition that a recipient of an accepted packet has not ended. */
export const isOpenRecipient = (recipient: string): string =>
  `(${recipient}.status IS NULL OR ${recipient}.status IN (${OPEN_STATUSES}))`;
