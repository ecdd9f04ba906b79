import type { IncomingReport } from '../../message/incoming-report.js';
import type { Reason } from '../../message/reason.js';
import { isFinal, type RecipientStatus } from '../../message/recipient-status.js';
import type { ReportSource } from '../../message/sms-pro.events.js';
import type { UnitOfWork } from '../database/unit-of-work.js';
import { updateMany } from '../database/update-many.js';
import { marks, type SqlValue } from '../dialects/sql-statement.js';
import { closeRecipients } from '../packets/message-completion.js';
import type { ReportedRecipient } from './reported-recipient.js';

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

/** For recipients whose last code is new, and nothing else. */
const CODE_CHANGES = { ...RECIPIENT, sets: [{ name: 'report_code', type: 'text' }] } as const;

/** For recipients with a new status. */
const STATUS_CHANGES = {
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

/** Counts down the open recipients of packets. */
const PACKET_COUNTS = {
  table: 'sms_pro_packet',
  keys: [{ name: 'packet_id', type: 'text' }],
  sets: [{ name: 'open_recipients', type: 'integer', set: 't.open_recipients - v.open_recipients' }],
} as const;

/** A recipient's new status. */
export interface StatusChange {
  readonly status: RecipientStatus;
  readonly reason: Reason | null;
  readonly sentAt: number | null;
  readonly deliveredAt: number | null;
}

/** What a batch of reports changes in one recipient. */
interface RecipientChange {
  /** `null` if only the code is new. */
  readonly change: StatusChange | null;
  /** The last code. */
  readonly code: string;
}

/** Collects what a batch of reports changes, and writes it with as few statements as the database takes. */
export class RecipientChanges {
  private readonly endedOfMessage = new Map<string, number>();
  private readonly endedOfPacket = new Map<string, number>();
  private readonly audit: SqlValue[][] = [];
  private readonly changes = new Map<ReportedRecipient, RecipientChange>();
  private changed = 0;

  constructor(
    private readonly unit: UnitOfWork,
    private readonly source: ReportSource,
    private readonly now: number,
  ) {}

  /** How many changes of status there were. */
  get statusChanges(): number {
    return this.changed;
  }

  /** When an earlier report of the batch said that the recipient was sent, or `null`. */
  sentAtOf(recipient: ReportedRecipient): number | null {
    return this.changes.get(recipient)?.change?.sentAt ?? null;
  }

  /** Records a report that changes no status: a repeated or late one, or one with an unknown code. */
  keepCode(recipient: ReportedRecipient, report: IncomingReport): void {
    this.audit.push(this.auditRow(report, false));
    const change = this.changes.get(recipient)?.change ?? null;
    this.changes.set(recipient, { change, code: report.code });
  }

  /** Gives a recipient a new status. */
  changeStatus(recipient: ReportedRecipient, report: IncomingReport, change: StatusChange): void {
    this.audit.push(this.auditRow(report, true));
    this.changes.set(recipient, { change, code: report.code });
    this.changed += 1;
    if (isFinal(change.status) && !isFinal(recipient.status)) {
      count(this.endedOfMessage, recipient.messageId);
      count(this.endedOfPacket, recipient.packetId);
    }
    recipient.status = change.status;
  }

  /** Writes everything. A packet whose last recipient has ended is no longer polled. */
  async write(): Promise<void> {
    await this.unit.together([
      () => this.unit.insert('sms_pro_report', REPORT_COLUMNS, this.audit),
      () => this.writeRecipients(),
      () => updateMany(this.unit, { ...PACKET_COUNTS, rows: [...this.endedOfPacket] }),
      () => this.endPackets([...this.endedOfPacket.keys()]),
      () => closeRecipients(this.unit, this.endedOfMessage, this.now),
    ]);
  }

  private async writeRecipients(): Promise<void> {
    const statuses: SqlValue[][] = [];
    const codes: SqlValue[][] = [];
    for (const [{ rootPacketId, phone }, { change, code }] of this.changes) {
      if (change === null) codes.push([rootPacketId, phone, code]);
      else {
        const { status, reason, sentAt, deliveredAt } = change;
        statuses.push([rootPacketId, phone, code, status, reason, sentAt, deliveredAt, this.now]);
      }
    }
    await this.unit.together([
      () => updateMany(this.unit, { ...STATUS_CHANGES, rows: statuses }),
      () => updateMany(this.unit, { ...CODE_CHANGES, rows: codes }),
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
