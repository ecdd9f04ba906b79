import { PRIORITIES } from '../../message/priority.js';
import type { ClaimedPacket } from './claimed-packet.js';
import { int, text } from '../database/row-reader.js';
import { marks } from '../dialects/sql-statement.js';
import type { SqlRow, SqlSession } from '../database/sql-session.js';

/** What one claim may take. */
export interface ClaimRequest {
  readonly owner: string;
  readonly now: number;
  readonly leaseMs: number;
  /** Free slots: no more is claimed than can be worked immediately. */
  readonly limit: number;
  /** Slots that go to probes of uncertain packets first; the rest go to queued packets. */
  readonly probes: number;
  /** Whether queued packets may be claimed; while the account is paused, only uncertain ones are. */
  readonly mayPost: boolean;
  /** Senders that are paused. */
  readonly pausedSenders: readonly string[];
  /** Claim only packets of this sender: one of them shows whether the sender may send again. */
  readonly onlySender?: string;
  /** One packet at a time over all instances: claim nothing while another one is being sent. */
  readonly trial?: boolean;
  /** Take the oldest due packet of the lower lanes first, so that none starves. */
  readonly lowerLaneFirst: boolean;
  /** What the last look found: kinds that were not due then are skipped. @default nothing is skipped */
  readonly due?: DueInstants;
}

/** When the first packet of each kind is due (epoch ms); `null` if none waits. */
export interface DueInstants {
  readonly uncertain: number | null;
  /** By rank of priority. */
  readonly lanes: readonly (number | null)[];
}

/** A packet that a claim has found and locked. */
export type DuePacket = Pick<ClaimedPacket, 'packetId' | 'rootPacketId'>;

const DUE_COLUMNS = 'packet_id, root_packet_id';

function duePacket(row: SqlRow): DuePacket {
  return { packetId: text(row, 'packet_id'), rootPacketId: text(row, 'root_packet_id') };
}

/** Their ids. */
export function idsOf(packets: readonly DuePacket[]): string[] {
  return packets.map(({ packetId }) => packetId);
}

/** Finds packets that are due and not leased, and locks them for one claim. */
export class DuePackets {
  constructor(
    private readonly session: SqlSession,
    private readonly account: string,
    private readonly request: ClaimRequest,
  ) {}

  /** Uncertain packets whose next probe is due. */
  async uncertain(limit: number, except: readonly DuePacket[] = []): Promise<DuePacket[]> {
    const { now, due } = this.request;
    if (limit <= 0 || (due !== undefined && !isDue(due.uncertain, now))) return [];
    const not = except.length > 0 ? `AND packet_id NOT IN (${marks(except.length)})` : '';
    const rows = await this.session.all(
      `SELECT ${DUE_COLUMNS} FROM sms_pro_packet WHERE account = ? AND state = 'uncertain' AND due_at <= ? ${not}
       ORDER BY due_at LIMIT ? ${this.session.dialect.skipLocked}`,
      [this.account, now, ...idsOf(except), limit],
    );
    return rows.map(duePacket);
  }

  /** Packets that wait to be sent, the most urgent ones first. */
  async queued(limit: number): Promise<DuePacket[]> {
    const found: DuePacket[] = [];
    if (this.request.lowerLaneFirst && limit > 0) found.push(...(await this.oldestOfLowerLanes()));
    for (const rank of this.lanes()) {
      if (found.length >= limit) break;
      found.push(...(await this.inLane(rank, limit - found.length, found)));
    }
    return found;
  }

  private lanes(): number[] {
    const { due, now } = this.request;
    return [...PRIORITIES.keys()].filter((rank) => due === undefined || isDue(due.lanes[rank] ?? null, now));
  }

  private async oldestOfLowerLanes(): Promise<DuePacket[]> {
    const rows: { packet: DuePacket; dueAt: number }[] = [];
    for (const rank of this.lanes().filter((lane) => lane > 0)) {
      const row = await this.session.first(
        `SELECT ${DUE_COLUMNS}, due_at FROM sms_pro_packet WHERE account = ? AND state = 'queued' AND priority = ?
           AND due_at <= ? ${this.notPaused()} ORDER BY due_at LIMIT 1 ${this.session.dialect.skipLocked}`,
        [this.account, rank, this.request.now, ...this.senders()],
      );
      if (row) rows.push({ packet: duePacket(row), dueAt: int(row, 'due_at') });
    }
    const oldest = rows.toSorted((a, b) => a.dueAt - b.dueAt)[0];
    return oldest ? [oldest.packet] : [];
  }

  private async inLane(rank: number, limit: number, except: readonly DuePacket[]): Promise<DuePacket[]> {
    const not = except.length > 0 ? `AND packet_id NOT IN (${marks(except.length)})` : '';
    const rows = await this.session.all(
      `SELECT ${DUE_COLUMNS} FROM sms_pro_packet WHERE account = ? AND state = 'queued' AND priority = ? AND due_at <= ?
         ${this.notPaused()} ${not} ORDER BY due_at LIMIT ? ${this.session.dialect.skipLocked}`,
      [this.account, rank, this.request.now, ...this.senders(), ...idsOf(except), limit],
    );
    return rows.map(duePacket);
  }

  private notPaused(): string {
    const { pausedSenders, onlySender } = this.request;
    if (onlySender !== undefined) return 'AND sender = ?';
    return pausedSenders.length > 0 ? `AND sender NOT IN (${marks(pausedSenders.length)})` : '';
  }

  private senders(): readonly string[] {
    const { pausedSenders, onlySender } = this.request;
    return onlySender === undefined ? pausedSenders : [onlySender];
  }
}

/** The first of the instants, or `null`. */
export function earliest({ uncertain, lanes }: DueInstants): number | null {
  const instants = [uncertain, ...lanes].filter((instant) => instant !== null);
  return instants.length > 0 ? Math.min(...instants) : null;
}

function isDue(instant: number | null, now: number): boolean {
  return instant !== null && instant <= now;
}
