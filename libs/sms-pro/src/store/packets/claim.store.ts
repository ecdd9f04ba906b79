import { flag, text } from '../database/row-reader.js';
import type { SmsProDatabase } from '../database/sms-pro.database.js';
import type { SqlRow, SqlSession } from '../database/sql-session.js';
import type { UnitOfWork } from '../database/unit-of-work.js';
import { marks, type SqlValue } from '../dialects/sql-statement.js';
import { CLAIMED_COLUMNS, claimedPacket, isCanceled, type ClaimedPacket, type Lease } from './claimed-packet.js';
import { HAS_REPORT } from './packet-evidence.js';
import { DuePackets, idsOf, type ClaimRequest, type DuePacket } from './due-packets.js';

const IS_MINE = 'packet_id = ? AND lease_owner = ? AND lease_token = ?';

function mine(packetId: string, lease: Lease): SqlValue[] {
  return [packetId, lease.owner, lease.token];
}

/** Leases packets to workers. */
export class ClaimStore {
  constructor(private readonly database: SmsProDatabase) {}

  /** Leases due packets to one owner. A queued one becomes `sending` with one more open try; an uncertain one stays so. */
  async claimDue(request: ClaimRequest): Promise<readonly ClaimedPacket[]> {
    let claimed: readonly ClaimedPacket[] = [];
    await this.database.transaction(async (unit) => {
      claimed = [];
      const due = new DuePackets(unit, unit.account, request);
      const uncertain = await due.uncertain(request.probes);
      const isMoreUncertain = uncertain.length === request.probes;
      const mayPost = request.mayPost && !(request.trial === true && (await this.isOnTrial(unit)));
      const queued = mayPost ? await due.queued(request.limit - uncertain.length) : [];
      const left = request.limit - uncertain.length - queued.length;
      // Slots that no queued packet needs are free for more probes.
      if (left > 0 && isMoreUncertain && request.onlySender === undefined) {
        uncertain.push(...(await due.uncertain(left, uncertain)));
      }
      if (uncertain.length + queued.length === 0) return;
      await unit.atEnd(async () => {
        [, , claimed] = await unit.together([
          () => leaseAll(unit, request, 'queued', queued),
          () => leaseAll(unit, request, 'uncertain', uncertain),
          () => load(unit, [...uncertain, ...queued]),
        ]);
      });
    });
    return claimed;
  }

  /** Extends a lease before a POST that would outlive it. `null` when the packet is no longer this worker's. */
  async renew(packet: ClaimedPacket, now: number, leaseMs: number): Promise<ClaimedPacket | null> {
    const until = now + leaseMs;
    return this.database.transaction(async (unit) => {
      const changed = await unit.run(
        `UPDATE sms_pro_packet SET lease_until = ?, due_at = ? WHERE ${IS_MINE} AND state = ?`,
        [until, until, ...mine(packet.packetId, packet.lease), packet.state],
      );
      return changed === 1 ? { ...packet, lease: { ...packet.lease, until } } : null;
    });
  }

  /** Turns a probed packet into one that is sent again under the same id: one more open try. */
  async beginRepeat(packet: ClaimedPacket, now: number, leaseMs: number): Promise<ClaimedPacket | null> {
    const until = now + leaseMs;
    return this.database.transaction(async (unit) => {
      const changed = await unit.run(
        `UPDATE sms_pro_packet SET state = 'sending', open_tries = open_tries + 1, attempts = attempts + 1,
           lease_token = lease_token + 1, lease_until = ?, due_at = ?
         WHERE ${IS_MINE} AND state = 'uncertain' AND open_recipients > 0 AND NOT ${isCanceled('sms_pro_packet')}`,
        [until, until, ...mine(packet.packetId, packet.lease)],
      );
      return changed === 1 ? ((await load(unit, [packet]))[0] ?? null) : null;
    });
  }

  /** Whether a packet of the account is being sent. Two instances that look wait for each other at the row of the pause. */
  private async isOnTrial(session: SqlSession): Promise<boolean> {
    const { account } = this.database;
    await session.all(`SELECT scope FROM sms_pro_pause WHERE account = ? ORDER BY scope ${session.dialect.forUpdate}`, [
      account,
    ]);
    const row = await session.first(
      "SELECT packet_id FROM sms_pro_packet WHERE account = ? AND state = 'sending' LIMIT 1",
      [account],
    );
    return row !== null;
  }
}

async function load(session: SqlSession, packets: readonly DuePacket[]): Promise<ClaimedPacket[]> {
  if (packets.length === 0) return [];
  const packetIds = idsOf(packets);
  // By the table's key alone: with a join PostgreSQL may choose a scan while its statistics are old.
  const roots = [...new Set(packets.map(({ rootPacketId }) => rootPacketId))];
  const [rows, recipients] = await session.together([
    () =>
      session.all(
        `SELECT ${CLAIMED_COLUMNS} FROM sms_pro_packet p JOIN sms_pro_message m ON m.message_id = p.message_id
         WHERE p.packet_id IN (${marks(packetIds.length)}) ORDER BY p.priority, p.due_at`,
        packetIds,
      ),
    () =>
      session.all(
        `SELECT r.packet_id, r.phone, CASE WHEN ${HAS_REPORT} THEN 1 ELSE 0 END AS reported
         FROM sms_pro_recipient r
         WHERE r.root_packet_id IN (${marks(roots.length)}) AND r.packet_id IN (${marks(packetIds.length)})
         ORDER BY r.packet_id, r.position, r.phone`,
        [...roots, ...packetIds],
      ),
  ]);
  const ofPacket = new Map<string, SqlRow[]>(rows.map((row) => [text(row, 'packet_id'), []]));
  for (const recipient of recipients) ofPacket.get(text(recipient, 'packet_id'))?.push(recipient);
  return rows.map((row) => {
    const own = ofPacket.get(text(row, 'packet_id')) ?? [];
    return claimedPacket(row, {
      phones: own.map((recipient) => text(recipient, 'phone')),
      reported: own.filter((recipient) => flag(recipient, 'reported')).map((recipient) => text(recipient, 'phone')),
    });
  });
}

/** Leases packets that are locked. */
async function leaseAll(
  unit: UnitOfWork,
  { owner, now, leaseMs }: ClaimRequest,
  state: 'queued' | 'uncertain',
  packets: readonly DuePacket[],
): Promise<void> {
  if (packets.length === 0) return;
  const until = now + leaseMs;
  const begin = state === 'queued' ? "state = 'sending', open_tries = open_tries + 1, attempts = attempts + 1," : '';
  await unit.run(
    `UPDATE sms_pro_packet SET ${begin} lease_owner = ?, lease_token = lease_token + 1, lease_until = ?, due_at = ?
     WHERE state = '${state}' AND packet_id IN (${marks(packets.length)})`,
    [owner, until, until, ...idsOf(packets)],
  );
}
