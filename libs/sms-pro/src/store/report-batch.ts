import { PACKET_STATES, STATUS_OF_STATE, type PacketState } from '../message/packet-state.js';
import type { Reason } from '../message/reason.js';
import { isFinal, mayFollow, RECIPIENT_STATUSES, type RecipientStatus } from '../message/recipient-status.js';
import { reportMeaning } from '../message/report-code.js';
import type { ReportSource } from '../message/sms-pro.events.js';
import { closeRecipients } from './completion.js';
import { recipientOrderKey } from './event-rows.js';
import { billedOf, HEAD_COLUMNS, packetHead, tellAccepted } from './packet-outcome.js';
import { takeBack } from './packet-replacement.js';
import { oneOf, text } from './row-reader.js';
import type { SettlePolicy } from './settle.store.js';
import type { UnitOfWork } from './unit-of-work.js';
import { updateMany } from './update-many.js';
import { marks, type SqlRow, type SqlValue } from './sql-session.js';

/** What the gateway says of one phone of one packet. */
export interface IncomingReport {
  readonly packetId: string;
  readonly phone: string;
  readonly code: string;
  /** Raw times, kept for the audit. */
  readonly sendTime: string;
  readonly rcvTime: string;
  /** Epoch milliseconds, or `null` where there is none or it could not be read. */
  readonly sentAt: number | null;
  readonly deliveredAt: number | null;
}

/** The recipient a report speaks of. */
export interface ReportedRecipient {
  readonly rootPacketId: string;
  /** The packet it is in now; the report may name an older one. */
  packetId: string;
  readonly messageId: string;
  readonly phone: string;
  status: RecipientStatus;
  state: PacketState;
  /** The gateway refused the packet for some of its phones (status 7), and it is not yet known which. */
  readonly isBeingSplit: boolean;
}

const OPEN: ReadonlySet<PacketState> = new Set(['queued', 'sending', 'uncertain']);

/** Reads a recipient with the state of its packet. */
export function reportedRecipient(row: SqlRow): ReportedRecipient {
  const own = row['status'] === null ? null : oneOf(row, 'status', RECIPIENT_STATUSES);
  const state = oneOf(row, 'state', PACKET_STATES);
  return {
    rootPacketId: text(row, 'root_packet_id'),
    packetId: text(row, 'packet_id'),
    messageId: text(row, 'message_id'),
    phone: text(row, 'phone'),
    status: own ?? STATUS_OF_STATE[state],
    state,
    isBeingSplit: state === 'uncertain' && row['held_status'] === '7',
  };
}

/** What the reports of a batch change in one recipient. */
interface RecipientChange {
  /** `null` where nothing but the record changes. */
  readonly move: {
    readonly status: RecipientStatus;
    readonly reason: Reason | null;
    readonly sentAt: number | null;
    readonly deliveredAt: number | null;
  } | null;
  /** The last code. */
  readonly code: string;
}

const REPORT_COLUMNS = [
  'packet_id',
  'phone',
  'account',
  'source',
  'code',
  'send_time',
  'rcv_time',
  'received_at',
  'applied',
] as const;

const RECIPIENT = {
  table: 'sms_pro_recipient',
  keys: [
    { name: 'root_packet_id', type: 'text' },
    { name: 'phone', type: 'text' },
  ],
} as const;

const RECIPIENT_RECORDS = { ...RECIPIENT, sets: [{ name: 'report_code', type: 'text' }] } as const;

const RECIPIENT_MOVES = {
  ...RECIPIENT,
  sets: [
    { name: 'report_code', type: 'text' },
    { name: 'status', type: 'text' },
    { name: 'reason', type: 'text' },
    { name: 'sent_at', type: 'bigint', set: 'COALESCE(v.sent_at, t.sent_at)' },
    { name: 'delivered_at', type: 'bigint' },
    { name: 'updated_at', type: 'bigint' },
  ],
} as const;

const PACKET_ENDS = {
  table: 'sms_pro_packet',
  keys: [{ name: 'packet_id', type: 'text' }],
  sets: [{ name: 'open_recipients', type: 'integer', set: 't.open_recipients - v.open_recipients' }],
} as const;

/** One batch of reports on its way into the rows, in one transaction: first all evidence, then all reports, then `close`. */
export class ReportBatch {
  private readonly endedOfMessage = new Map<string, number>();
  private readonly endedOfPacket = new Map<string, number>();
  private readonly audit: SqlValue[][] = [];
  private readonly changes = new Map<ReportedRecipient, RecipientChange>();
  /** Packets that evidence of this batch made accepted. */
  private readonly accepted = new Set<string>();
  /** Where the phones of a packet went that this batch took another phone out of. */
  private readonly movedTo = new Map<string, string>();
  private moved = 0;

  constructor(
    private readonly unit: UnitOfWork,
    private readonly policy: SettlePolicy,
    private readonly source: ReportSource,
    private readonly now: number,
  ) {}

  /** How many recipients moved. */
  get changed(): number {
    return this.moved;
  }

  /**
   * A believed report proves that the gateway took the packet it names, whatever became of the answer. One that
   * names a replaced packet proves nothing of the new one, and takes the phone out of it while it is still queued.
   */
  async evidence(named: string, recipient: ReportedRecipient): Promise<void> {
    for (let to = this.movedTo.get(recipient.packetId); to !== undefined; to = this.movedTo.get(to)) {
      recipient.packetId = to;
    }
    if (recipient.packetId === named) {
      // One phone of a packet that is being split proves nothing of the others.
      if (recipient.isBeingSplit) return;
      if (OPEN.has(recipient.state) && !this.accepted.has(named)) await this.accept(recipient);
      return this.markAccepted(recipient);
    }
    if (recipient.state !== 'queued') return;
    const taken = await takeBack(this.unit, named, recipient, this.policy, this.now);
    if (taken === null) return;
    if (taken.othersIn !== null) this.movedTo.set(recipient.packetId, taken.othersIn);
    recipient.packetId = named;
    this.markAccepted(recipient);
  }

  private markAccepted(recipient: ReportedRecipient): void {
    if (!OPEN.has(recipient.state)) return;
    this.accepted.add(recipient.packetId);
    recipient.state = 'accepted';
    if (recipient.status === 'queued') recipient.status = 'accepted';
  }

  /** Applies one report: status never goes back; a double or late one only goes on record. */
  apply(recipient: ReportedRecipient, report: IncomingReport): void {
    const meaning = reportMeaning(report.code);
    const before = recipient.status;
    const moves = meaning !== null && mayFollow(before, meaning.status);
    this.audit.push(this.auditRow(report, moves));
    const earlier = this.changes.get(recipient);
    if (!moves) {
      this.changes.set(recipient, { move: earlier?.move ?? null, code: report.code });
      return;
    }
    const deliveredAt = meaning.status === 'delivered' ? report.deliveredAt : null;
    const sentAt = report.sentAt ?? earlier?.move?.sentAt ?? null;
    const move = { status: meaning.status, reason: meaning.reason ?? null, sentAt, deliveredAt };
    this.changes.set(recipient, { move, code: report.code });
    recipient.status = meaning.status;
    this.moved += 1;
    const late = isFinal(before);
    if (isFinal(meaning.status) && !late) {
      count(this.endedOfMessage, recipient.messageId);
      count(this.endedOfPacket, recipient.packetId);
    }
    this.tell(recipient, { ...report, deliveredAt }, meaning.reason, late);
  }

  /** Writes what was applied, and counts what has ended off packets and messages; a packet with none left is asked about no more. */
  async close(): Promise<void> {
    await this.unit.together([
      () => this.unit.insert('sms_pro_report', REPORT_COLUMNS, this.audit),
      () => this.writeChanges(),
      () => updateMany(this.unit, { ...PACKET_ENDS, rows: [...this.endedOfPacket] }),
      () => this.endPackets([...this.endedOfPacket.keys()]),
      () => closeRecipients(this.unit, this.endedOfMessage, this.now),
    ]);
  }

  private async endPackets(packetIds: readonly string[]): Promise<void> {
    if (packetIds.length === 0) return;
    await this.unit.run(
      `UPDATE sms_pro_packet SET next_poll_at = NULL, ended_at = ?
       WHERE open_recipients <= 0 AND packet_id IN (${marks(packetIds.length)})`,
      [this.now, ...packetIds],
    );
  }

  private async writeChanges(): Promise<void> {
    const moves: SqlValue[][] = [];
    const records: SqlValue[][] = [];
    for (const [{ rootPacketId, phone }, { move, code }] of this.changes) {
      if (move === null) records.push([rootPacketId, phone, code]);
      else moves.push([rootPacketId, phone, code, move.status, move.reason, move.sentAt, move.deliveredAt, this.now]);
    }
    await this.unit.together([
      () => updateMany(this.unit, { ...RECIPIENT_MOVES, rows: moves }),
      () => updateMany(this.unit, { ...RECIPIENT_RECORDS, rows: records }),
    ]);
  }

  private async accept(recipient: ReportedRecipient): Promise<void> {
    const row = await this.unit.first(
      `SELECT ${HEAD_COLUMNS} FROM sms_pro_packet WHERE packet_id = ? AND state IN ('queued', 'sending', 'uncertain')`,
      [recipient.packetId],
    );
    if (row === null) return;
    // A test is not reported on: what is, was really sent.
    const head = { ...packetHead(row), test: false };
    const acceptance = { phones: null, smscnt: null, estimated: true };
    // The lease stays: an answer that is still on its way may bring what was billed.
    await this.unit.run(
      `UPDATE sms_pro_packet SET state = 'accepted', test = 0, accepted_at = ?, estimated = 1, billed = ?, next_poll_at = ?,
         give_up_at = ? WHERE packet_id = ?`,
      [
        this.now,
        billedOf(head, acceptance),
        this.now + this.policy.staleAfterMs,
        this.now + this.policy.giveUpAfterMs,
        recipient.packetId,
      ],
    );
    await tellAccepted(this.unit, head, acceptance, this.now);
  }

  private tell(recipient: ReportedRecipient, report: IncomingReport, reason: Reason | undefined, late: boolean): void {
    const { status } = recipient;
    const wanted = this.policy.recipientEvents;
    if (status === 'queued' || status === 'accepted' || wanted === 'none') return;
    if (status === 'sent' && wanted === 'final') return;
    this.unit.tell({
      name: `recipient.${status}`,
      occurredAt: this.now,
      messageId: recipient.messageId,
      packetId: recipient.packetId,
      phone: recipient.phone,
      orderKey: recipientOrderKey(recipient.rootPacketId, recipient.phone),
      detail: {
        status,
        source: this.source,
        ...(reason === undefined ? {} : { reason }),
        ...(report.sentAt === null ? {} : { sentAt: report.sentAt }),
        ...(report.deliveredAt === null ? {} : { deliveredAt: report.deliveredAt }),
        ...(late ? { late } : {}),
      },
    });
  }

  private auditRow(report: IncomingReport, applied: boolean): SqlValue[] {
    return [
      report.packetId,
      report.phone,
      this.unit.account,
      this.source,
      report.code,
      report.sendTime.slice(0, 20),
      report.rcvTime.slice(0, 20),
      this.now,
      applied ? 1 : 0,
    ];
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
