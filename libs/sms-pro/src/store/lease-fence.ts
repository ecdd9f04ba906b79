import type { ClaimedPacket } from './claimed-packet.js';
import type { UnitOfWork } from './unit-of-work.js';
import type { SqlValue } from './sql-session.js';

/** Columns of a packet and what they become. */
export type Assignments = Readonly<Record<string, SqlValue>>;

/** What a packet that nobody holds any more has for a lease. */
export const LEASE_ENDED: Assignments = { lease_owner: null, lease_until: null };

/** The fence: changes a packet only while it is this worker's. A worker that has lost its lease changes nothing. */
export async function updateLeased(
  unit: UnitOfWork,
  packet: ClaimedPacket,
  assigned: Assignments,
  state: 'sending' | 'uncertain' | 'accepted',
): Promise<boolean> {
  const columns = Object.keys(assigned);
  const changed = await unit.run(
    `UPDATE sms_pro_packet SET ${columns.map((column) => `${column} = ?`).join(', ')}
     WHERE packet_id = ? AND lease_owner = ? AND lease_token = ? AND state = ?`,
    [...Object.values(assigned), packet.packetId, packet.lease.owner, packet.lease.token, state],
  );
  return changed === 1;
}
