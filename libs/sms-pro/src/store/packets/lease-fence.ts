import type { ClaimedPacket } from './claimed-packet.js';
import type { UnitOfWork } from '../database/unit-of-work.js';
import type { SqlValue } from '../dialects/sql-statement.js';

/** Columns of a packet and their new values. */
export type Assignments = Readonly<Record<string, SqlValue>>;

/** The lease of a packet that no worker holds. */
export const LEASE_ENDED: Assignments = { lease_owner: null, lease_until: null };

/** The fence: changes a packet only while it is leased to this worker. One that has lost its lease changes nothing. */
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
