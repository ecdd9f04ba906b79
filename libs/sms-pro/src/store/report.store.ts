import type { ReportSource } from '../message/sms-pro.events.js';
import { recipientOrderKey } from './event-rows.js';
import { ReportBatch, reportedRecipient, type IncomingReport, type ReportedRecipient } from './report-batch.js';
import { text } from './row-reader.js';
import type { SettlePolicy } from './settle.store.js';
import type { SmsProDatabase, UnitOfWork } from './sms-pro.database.js';
import { marks, type SqlSession } from './sql-session.js';

/** What came of a batch of reports. */
export interface AppliedReports {
  /** Reports whose id and phone are ours. */
  readonly matched: number;
  /** Reports that moved a recipient. */
  readonly changed: number;
  /** Reports whose id or phone is not ours: not stored. */
  readonly unmatched: readonly IncomingReport[];
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
      const batch = new ReportBatch(unit, this.policy, source, now);
      for (const report of matched) {
        const recipient = known.get(keyOf(report));
        if (recipient === undefined) continue;
        await batch.evidence(report.packetId, recipient);
        await batch.apply(recipient, report);
      }
      await unit.insert('sms_pro_report', REPORT_COLUMNS, batch.auditRows);
      await batch.close();
      if (matched.length > 0 && source !== 'manual') await this.noteSource(unit, source, now);
      return { matched: matched.length, changed: batch.changed, unmatched };
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
  private async recipientsOf(
    session: SqlSession,
    reports: readonly IncomingReport[],
  ): Promise<Map<string, ReportedRecipient>> {
    const ids = [...new Set(reports.map((report) => report.packetId))];
    const found = new Map<string, ReportedRecipient>();
    // One document may name a phone under its old and its new id: both mean the same recipient.
    const byRecipient = new Map<string, ReportedRecipient>();
    for (let at = 0; at < ids.length; at += IDS_AT_ONCE) {
      const part = ids.slice(at, at + IDS_AT_ONCE);
      const rows = await session.all(
        `SELECT named.packet_id AS named_id, r.root_packet_id, r.packet_id, r.message_id, r.phone, r.status, p.state, p.held_status
         FROM sms_pro_packet named
         JOIN sms_pro_recipient r ON r.root_packet_id = named.root_packet_id
         JOIN sms_pro_packet p ON p.packet_id = r.packet_id
         WHERE named.account = ? AND named.packet_id IN (${marks(part.length)})`,
        [this.database.account, ...part],
      );
      for (const row of rows) {
        const recipient = reportedRecipient(row);
        const own = recipientOrderKey(recipient.rootPacketId, recipient.phone);
        const shared = byRecipient.get(own) ?? recipient;
        byRecipient.set(own, shared);
        found.set(keyOf({ packetId: text(row, 'named_id'), phone: recipient.phone }), shared);
      }
    }
    return found;
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

function keyOf({ packetId, phone }: { readonly packetId: string; readonly phone: string }): string {
  return `${packetId}:${phone}`;
}
