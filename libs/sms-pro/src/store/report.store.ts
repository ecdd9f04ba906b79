import { PACKET_STATES, STATUS_OF_STATE } from '../message/packet-state.js';
import type { Reason } from '../message/reason.js';
import { isFinal, mayFollow, RECIPIENT_STATUSES, type RecipientStatus } from '../message/recipient-status.js';
import { reportMeaning } from '../message/report-code.js';
import { closeRecipients } from './completion.js';
import { recipientOrderKey } from './event-rows.js';
import { billedOf, HEAD_COLUMNS, packetHead, tellAccepted } from './packet-outcome.js';
import { oneOf, text } from './row-reader.js';
import type { SettlePolicy } from './settle.store.js';
import type { SmsProDatabase, UnitOfWork } from './sms-pro.database.js';
import { marks, type SqlRow, type SqlSession, type SqlValue } from './sql-session.js';

/** Where a report came from. */
export type ReportSource = 'push' | 'poll' | 'manual';

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

/** What came of a batch of reports. */
export interface AppliedReports {
  /** Reports whose id and phone are ours. */
  readonly matched: number;
  /** Reports that moved a recipient. */
  readonly changed: number;
  /** Reports whose id or phone is not ours: not stored. */
  readonly unmatched: readonly IncomingReport[];
}

interface Recipient {
  readonly rootPacketId: string;
  readonly packetId: string;
  readonly messageId: string;
  readonly phone: string;
  status: RecipientStatus;
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

/** How often, in ms, the time of the last push or poll is noted. */
const NOTE_INTERVAL_MS = 60_000;

/** Most ids in one IN list. */
const IDS_AT_ONCE = 500;

/** The one merge of reports, pushed or asked for. */
export class ReportStore {
  private readonly notedAt = { push: Number.NEGATIVE_INFINITY, poll: Number.NEGATIVE_INFINITY };

  constructor(
    private readonly database: SmsProDatabase,
    private readonly policy: SettlePolicy,
  ) {}

  /** Applies a batch whole or not at all. Status never goes back; doubles and late reports only go on record. */
  async apply(reports: readonly IncomingReport[], source: ReportSource, now: number): Promise<AppliedReports> {
    if (reports.length === 0) return { matched: 0, changed: 0, unmatched: [] };
    return this.database.transaction(async (unit) => {
      await this.lockPackets(unit, reports);
      const known = await this.recipientsOf(unit, reports);
      const matched: IncomingReport[] = [];
      const unmatched: IncomingReport[] = [];
      for (const report of reports) (known.has(keyOf(report)) ? matched : unmatched).push(report);
      await this.acceptOnEvidence(unit, [...new Set(matched.map((report) => known.get(keyOf(report))))], now);
      const ended = new Map<string, number>();
      const endedPackets = new Map<string, number>();
      const audit: SqlValue[][] = [];
      let changed = 0;
      for (const report of matched) {
        const recipient = known.get(keyOf(report));
        if (recipient === undefined) continue;
        const applied = await this.applyOne(unit, recipient, report, now, ended, endedPackets);
        if (applied) changed += 1;
        audit.push(this.auditRow(report, source, now, applied));
      }
      await unit.insert('sms_pro_report', REPORT_COLUMNS, audit);
      await closePackets(unit, endedPackets, now);
      await closeRecipients(unit, ended, now);
      if (matched.length > 0 && source !== 'manual') await this.noteSource(unit, source, now);
      return { matched: matched.length, changed, unmatched };
    });
  }

  /** Two reports of one packet, or a report and a settle, wait for each other here; in one order, so that none waits for ever. */
  private async lockPackets(unit: UnitOfWork, reports: readonly IncomingReport[]): Promise<void> {
    if (unit.dialect.forUpdate === '') return;
    const ids = [...new Set(reports.map((report) => report.packetId))];
    for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
      const part = ids.slice(at, at + IDS_AT_ONCE);
      const roots = await unit.all(
        `SELECT DISTINCT root_packet_id FROM sms_pro_packet WHERE account = ? AND packet_id IN (${marks(part.length)})`,
        [this.database.account, ...part],
      );
      if (roots.length === 0) continue;
      await unit.all(
        `SELECT packet_id FROM sms_pro_packet WHERE root_packet_id IN (${marks(roots.length)}) ORDER BY packet_id ${unit.dialect.forUpdate}`,
        roots.map((row) => text(row, 'root_packet_id')),
      );
    }
  }

  /** Which reports are ours, and the packets they speak of, without applying anything. */
  async match(reports: readonly IncomingReport[]): Promise<{ packetIds: string[]; unmatched: IncomingReport[] }> {
    const known = await this.database.read((session) => this.recipientsOf(session, reports));
    const packetIds = new Set<string>();
    const unmatched: IncomingReport[] = [];
    for (const report of reports) {
      const recipient = known.get(keyOf(report));
      if (recipient === undefined) unmatched.push(report);
      else packetIds.add(recipient.packetId);
    }
    return { packetIds: [...packetIds], unmatched };
  }

  /** The recipients the reports speak of, by the id they name: ids of split and replaced packets stay known. */
  private async recipientsOf(session: SqlSession, reports: readonly IncomingReport[]): Promise<Map<string, Recipient>> {
    const ids = [...new Set(reports.map((report) => report.packetId))];
    const found = new Map<string, Recipient>();
    // One document may name a phone under its old and its new id: both mean the same recipient.
    const byRecipient = new Map<string, Recipient>();
    for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
      const part = ids.slice(at, at + IDS_AT_ONCE);
      const rows = await session.all(
        `SELECT named.packet_id AS named_id, r.root_packet_id, r.packet_id, r.message_id, r.phone, r.status, p.state
         FROM sms_pro_packet named
         JOIN sms_pro_recipient r ON r.root_packet_id = named.root_packet_id
         JOIN sms_pro_packet p ON p.packet_id = r.packet_id
         WHERE named.account = ? AND named.packet_id IN (${marks(part.length)})`,
        [this.database.account, ...part],
      );
      for (const row of rows) {
        const recipient = recipientOf(row);
        const own = recipientOrderKey(recipient.rootPacketId, recipient.phone);
        const shared = byRecipient.get(own) ?? recipient;
        byRecipient.set(own, shared);
        found.set(keyOf({ packetId: text(row, 'named_id'), phone: recipient.phone }), shared);
      }
    }
    return found;
  }

  /** A believed report proves that the gateway took the packet, whatever became of the answer. */
  private async acceptOnEvidence(
    unit: UnitOfWork,
    recipients: readonly (Recipient | undefined)[],
    now: number,
  ): Promise<void> {
    const open = new Set<string>();
    for (const recipient of recipients) if (recipient?.status === 'queued') open.add(recipient.packetId);
    for (const packetId of open) {
      const row = await unit.first(
        `SELECT ${HEAD_COLUMNS} FROM sms_pro_packet WHERE packet_id = ? AND state IN ('queued', 'sending', 'uncertain')`,
        [packetId],
      );
      if (row === null) continue;
      const head = packetHead(row);
      const acceptance = { phones: null, smscnt: null, estimated: true };
      // The lease stays: an answer that is still on its way may bring what was billed.
      await unit.run(
        `UPDATE sms_pro_packet SET state = 'accepted', accepted_at = ?, estimated = 1, billed = ?, next_poll_at = ?,
           give_up_at = ? WHERE packet_id = ?`,
        [
          now,
          billedOf(head, acceptance),
          head.test ? null : now + this.policy.staleAfterMs,
          now + this.policy.giveUpAfterMs,
          packetId,
        ],
      );
      await tellAccepted(unit, head, acceptance, now);
    }
    for (const recipient of recipients) if (recipient?.status === 'queued') recipient.status = 'accepted';
  }

  private async applyOne(
    unit: UnitOfWork,
    recipient: Recipient,
    report: IncomingReport,
    now: number,
    ended: Map<string, number>,
    endedPackets: Map<string, number>,
  ): Promise<boolean> {
    const meaning = reportMeaning(report.code);
    const before = recipient.status;
    const moves = meaning !== null && mayFollow(before, meaning.status);
    if (!moves) {
      await unit.run('UPDATE sms_pro_recipient SET report_code = ? WHERE root_packet_id = ? AND phone = ?', [
        report.code,
        recipient.rootPacketId,
        recipient.phone,
      ]);
      return false;
    }
    const deliveredAt = meaning.status === 'delivered' ? report.deliveredAt : null;
    await unit.run(
      `UPDATE sms_pro_recipient SET status = ?, reason = ?, report_code = ?, sent_at = COALESCE(?, sent_at),
         delivered_at = ?, updated_at = ? WHERE root_packet_id = ? AND phone = ?`,
      [
        meaning.status,
        meaning.reason ?? null,
        report.code,
        report.sentAt,
        deliveredAt,
        now,
        recipient.rootPacketId,
        recipient.phone,
      ],
    );
    recipient.status = meaning.status;
    const late = isFinal(before);
    if (isFinal(meaning.status) && !late) {
      ended.set(recipient.messageId, (ended.get(recipient.messageId) ?? 0) + 1);
      endedPackets.set(recipient.packetId, (endedPackets.get(recipient.packetId) ?? 0) + 1);
    }
    this.tellRecipient(unit, recipient, { ...report, deliveredAt }, meaning.reason, late, now);
    return true;
  }

  private tellRecipient(
    unit: UnitOfWork,
    recipient: Recipient,
    report: IncomingReport,
    reason: Reason | undefined,
    late: boolean,
    now: number,
  ): void {
    const { status } = recipient;
    const wanted = this.policy.recipientEvents;
    if (status === 'queued' || status === 'accepted' || wanted === 'none') return;
    if (status === 'sent' && wanted === 'final') return;
    unit.tell({
      name: `recipient.${status}`,
      occurredAt: now,
      messageId: recipient.messageId,
      packetId: recipient.packetId,
      phone: recipient.phone,
      orderKey: recipientOrderKey(recipient.rootPacketId, recipient.phone),
      detail: {
        status,
        ...(reason === undefined ? {} : { reason }),
        ...(report.sentAt === null ? {} : { sentAt: report.sentAt }),
        ...(report.deliveredAt === null ? {} : { deliveredAt: report.deliveredAt }),
        ...(late ? { late } : {}),
      },
    });
  }

  private auditRow(report: IncomingReport, source: ReportSource, now: number, applied: boolean): SqlValue[] {
    return [
      report.packetId,
      report.phone,
      this.database.account,
      source,
      report.code,
      report.sendTime.slice(0, 20),
      report.rcvTime.slice(0, 20),
      now,
      applied ? 1 : 0,
    ];
  }

  /** Remembers when reports last came by push and by poll: a push that was never set up shows here. To the minute: one row that every push writes would make them wait for each other. */
  private async noteSource(unit: UnitOfWork, source: 'push' | 'poll', now: number): Promise<void> {
    if (now - this.notedAt[source] < NOTE_INTERVAL_MS) return;
    this.notedAt[source] = now;
    const column = source === 'push' ? 'pushed_at' : 'polled_at';
    const changed = await unit.run(`UPDATE sms_pro_account SET ${column} = ? WHERE account = ?`, [now, unit.account]);
    if (changed === 0) {
      await unit.insertNew('sms_pro_account', { account: unit.account, low_told: 0, [column]: now });
    }
  }
}

/** Counts ended recipients off their packets; one with none left is asked about no more. */
async function closePackets(unit: UnitOfWork, ended: ReadonlyMap<string, number>, now: number): Promise<void> {
  for (const [packetId, amount] of ended) {
    await unit.run('UPDATE sms_pro_packet SET open_recipients = open_recipients - ? WHERE packet_id = ?', [
      amount,
      packetId,
    ]);
    await unit.run(
      'UPDATE sms_pro_packet SET next_poll_at = NULL, ended_at = ? WHERE packet_id = ? AND open_recipients <= 0',
      [now, packetId],
    );
  }
}

function keyOf({ packetId, phone }: { readonly packetId: string; readonly phone: string }): string {
  return `${packetId}:${phone}`;
}

function recipientOf(row: SqlRow): Recipient {
  const own = row['status'] === null ? null : oneOf(row, 'status', RECIPIENT_STATUSES);
  return {
    rootPacketId: text(row, 'root_packet_id'),
    packetId: text(row, 'packet_id'),
    messageId: text(row, 'message_id'),
    phone: text(row, 'phone'),
    status: own ?? STATUS_OF_STATE[oneOf(row, 'state', PACKET_STATES)],
  };
}
