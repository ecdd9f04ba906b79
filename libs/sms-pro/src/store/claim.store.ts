import { PRIORITIES } from '../message/priority.js';
import { CLAIMED_COLUMNS, claimedPacket, isCanceled, type ClaimedPacket, type Lease } from './claimed-packet.js';
import { recordAttempt } from './attempt-rows.js';
import { DuePackets, earliest, idsOf, type ClaimRequest, type DueInstants, type DuePacket } from './due-packets.js';
import { tellUncertain } from './packet-outcome.js';
import { int, intOrNull, text } from './row-reader.js';
import type { SmsProDatabase } from './sms-pro.database.js';
import { marks, type SqlRow, type SqlSession, type SqlValue } from './sql-session.js';
import type { UnitOfWork } from './unit-of-work.js';

const IS_MINE = 'packet_id = ? AND lease_owner = ? AND lease_token = ?';

function mine(packetId: string, lease: Lease): SqlValue[] {
  return [packetId, lease.owner, lease.token];
}

/** Claims by lease: who holds a packet, and until when. */
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
      // Slots that no queued packet wants are free for more questions.
      if (left > 0 && isMoreUncertain && request.onlySender === undefined) {
        uncertain.push(...(await due.uncertain(left, uncertain)));
      }
      if (uncertain.length + queued.length === 0) return;
      await unit.atEnd(async () => {
        [, , claimed] = await unit.together([
          () => leaseAll(unit, request, 'queued', queued),
          () => leaseAll(unit, request, 'uncertain', uncertain),
          () => this.load(unit, [...uncertain, ...queued]),
        ]);
      });
    });
    return claimed;
  }

  /** Lengthens a lease before a POST that would outlive it. `null` when the packet is no longer this worker's. */
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
      return changed === 1 ? ((await this.load(unit, [packet]))[0] ?? null) : null;
    });
  }

  /** Takes up what dead workers left: `sending` past its lease may have been sent, so it is uncertain. */
  async sweepLeases(now: number, uncertainDelayMs: number, limit: number): Promise<number> {
    return this.database.transaction(async (unit) => {
      const rows = await unit.all(
        `SELECT packet_id, message_id, recipients, attempts, lease_owner, lease_until FROM sms_pro_packet
         WHERE account = ? AND state = 'sending' AND lease_until <= ? ORDER BY lease_until LIMIT ? ${unit.dialect.skipLocked}`,
        [this.database.account, now, limit],
      );
      for (const row of rows) {
        const leaseUntil = int(row, 'lease_until');
        await unit.run(
          `UPDATE sms_pro_packet SET state = 'uncertain', lease_token = lease_token + 1, lease_owner = NULL,
             lease_until = NULL, last_try_at = ?, last_post_at = ?, due_at = ?, probes = 0
           WHERE packet_id = ? AND state = 'sending'`,
          [leaseUntil, leaseUntil, Math.max(now, leaseUntil + uncertainDelayMs), text(row, 'packet_id')],
        );
        recordAttempt(unit, {
          packetId: text(row, 'packet_id'),
          number: int(row, 'attempts'),
          owner: text(row, 'lease_owner'),
          record: {
            kind: 'send',
            startedAt: leaseUntil,
            endedAt: now,
            outcome: 'lease-ended',
            gatewayStatus: null,
            httpStatus: null,
            phones: null,
            smscnt: null,
            detail: null,
          },
        });
        tellUncertain(unit, row, now, 'the worker stopped before it settled');
      }
      return rows.length;
    });
  }

  /** Segments of the packet that is sent next, over all its phones; `null` when none waits. */
  async nextUnits(): Promise<number | null> {
    return this.database.read(async (session) => {
      const row = await session.first(
        `SELECT recipients * segments AS units FROM sms_pro_packet WHERE account = ? AND state = 'queued'
         ORDER BY priority, due_at LIMIT 1`,
        [this.database.account],
      );
      return row === null ? null : int(row, 'units');
    });
  }

  /** When the next packets are due: read without a lock, before it is worth a claim. */
  async peek(mayPost: boolean): Promise<DueInstants> {
    const { account } = this.database;
    const lanes: (number | null)[] = PRIORITIES.map(() => null);
    const queries = [firstDue(-1, "state = 'uncertain'")];
    if (mayPost)
      queries.push(...PRIORITIES.map((_name, rank) => firstDue(rank, `state = 'queued' AND priority = ${rank}`)));
    return this.database.read(async (session) => {
      let uncertain: number | null = null;
      const rows = await session.all(
        queries.join(' UNION ALL '),
        queries.map(() => account),
      );
      for (const row of rows) {
        const lane = int(row, 'lane');
        const at = intOrNull(row, 'at');
        if (lane === -1) uncertain = at;
        else lanes[lane] = at;
      }
      return { uncertain, lanes };
    });
  }

  /** When the next packet is due, or `null`. */
  async nextDueAt(mayPost: boolean): Promise<number | null> {
    return earliest(await this.peek(mayPost));
  }

  /** How many packets are due and in nobody's hands, counted up to `most`. */
  async countDue(now: number, mayPost: boolean, most: number): Promise<number> {
    const { account } = this.database;
    return this.database.read(async (session) => {
      const count = async (lane: string) => {
        const rows = await session.all(
          `SELECT packet_id FROM sms_pro_packet WHERE account = ? AND ${lane} AND due_at <= ? LIMIT ?`,
          [account, now, most],
        );
        return rows.length;
      };
      let due = await count("state = 'uncertain'");
      for (const rank of mayPost ? PRIORITIES.keys() : []) {
        if (due >= most) break;
        due += await count(`state = 'queued' AND priority = ${rank}`);
      }
      return Math.min(due, most);
    });
  }

  /** Packets under a lease that has not ended, whoever holds it: no request outlives the lease of its packet. */
  async inHand(now: number): Promise<string[]> {
    const { account } = this.database;
    return this.database.read(async (session) => {
      // A lease of an uncertain packet ends when it is due again: the index of what is due finds it.
      // A report that came before the answer makes a packet accepted while its request is still in flight.
      const rows = await session.all(
        `SELECT packet_id FROM sms_pro_packet WHERE account = ? AND state = 'sending' AND lease_until > ?
         UNION ALL SELECT packet_id FROM sms_pro_packet
         WHERE account = ? AND state = 'uncertain' AND due_at > ? AND lease_owner IS NOT NULL
         UNION ALL SELECT packet_id FROM sms_pro_packet
         WHERE account = ? AND state = 'accepted' AND lease_owner IS NOT NULL AND lease_until > ?`,
        [account, now, account, now, account, now],
      );
      return rows.map((row) => text(row, 'packet_id'));
    });
  }

  /** Whether a packet of the account is on its way; the pause's row is where two instances wait for each other. */
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

  private async load(session: SqlSession, packets: readonly DuePacket[]): Promise<ClaimedPacket[]> {
    if (packets.length === 0) return [];
    const packetIds = idsOf(packets);
    // By the table's key alone: a join lets PostgreSQL choose a scan while its statistics are old.
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
          `SELECT r.packet_id, r.phone, CASE WHEN r.report_code IS NOT NULL AND EXISTS (SELECT 1 FROM sms_pro_report x
               WHERE x.packet_id = r.packet_id AND x.phone = r.phone) THEN 1 ELSE 0 END AS reported
           FROM sms_pro_recipient r
           WHERE r.root_packet_id IN (${marks(roots.length)}) AND r.packet_id IN (${marks(packetIds.length)})
           ORDER BY r.packet_id, r.position, r.phone`,
          [...roots, ...packetIds],
        ),
    ]);
    const ofPacket = new Map<string, SqlRow[]>(rows.map((row) => [text(row, 'packet_id'), []]));
    for (const recipient of recipients) ofPacket.get(text(recipient, 'packet_id'))?.push(recipient);
    return rows.map((row) => claimedPacket(row, ofPacket.get(text(row, 'packet_id')) ?? []));
  }
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

/** A query for when the first packet of a kind is due. */
function firstDue(lane: number, which: string): string {
  return `SELECT ${lane} AS lane, MIN(due_at) AS at FROM sms_pro_packet WHERE account = ? AND ${which}`;
}
