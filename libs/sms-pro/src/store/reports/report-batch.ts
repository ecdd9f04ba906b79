import type { IncomingReport } from '../../message/incoming-report.js';
import { isFinal, mayFollow } from '../../message/recipient-status.js';
import { reportMeaning } from '../../message/report-code.js';
import type { ReportSource } from '../../message/sms-pro.events.js';
import { recipientOrderKey } from '../database/new-event.js';
import type { UnitOfWork } from '../database/unit-of-work.js';
import { acceptByReport } from '../packets/accept-by-report.js';
import { HEAD_COLUMNS, packetHead } from '../packets/packet-head.js';
import { PhoneMoves } from '../packets/phone-moves.js';
import type { StorePolicy } from '../packets/store-policy.js';
import { RecipientChanges, type StatusChange } from './recipient-changes.js';
import type { ReportedRecipient } from './reported-recipient.js';
import { OPEN_PACKET_STATES } from '../../message/packet-state.js';
import { OPEN_STATES } from '../packets/open-rows.js';

const OPEN: ReadonlySet<ReportedRecipient['state']> = new Set(OPEN_PACKET_STATES);

/** One batch of reports in one transaction: call `evidence` for all of them, then `apply` for all, then `close`. */
export class ReportBatch {
  private readonly changes: RecipientChanges;
  private readonly moves: PhoneMoves;
  /** Packets that this batch proved to be accepted. */
  private readonly accepted = new Set<string>();
  /** Where the other phones of a packet are, after this batch moved one of them back. */
  private readonly movedTo = new Map<string, string>();

  constructor(
    private readonly unit: UnitOfWork,
    private readonly policy: StorePolicy,
    private readonly source: ReportSource,
    private readonly now: number,
  ) {
    this.changes = new RecipientChanges(unit, source, now);
    this.moves = new PhoneMoves(unit, policy, now);
  }

  /** How many recipients have a new status. */
  get changed(): number {
    return this.changes.statusChanges;
  }

  /**
   * A trusted report proves that the gateway took the packet that it names, even if the answer was lost. One that names a
   * replaced packet proves nothing about the new one; while that is still queued, it moves the phone back.
   */
  async evidence(named: string, recipient: ReportedRecipient): Promise<void> {
    for (let to = this.movedTo.get(recipient.packetId); to !== undefined; to = this.movedTo.get(to)) {
      recipient.packetId = to;
    }
    if (recipient.packetId === named) {
      // If the packet is being split, one phone proves nothing about the others.
      if (recipient.isBeingSplit) return;
      // The answer of the try is still to come, and can be a 7: until then only the phone moves.
      if (recipient.state === 'sending') return;
      if (OPEN.has(recipient.state) && !this.accepted.has(named)) await this.accept(recipient.packetId);
      return this.markAccepted(recipient);
    }
    if (recipient.state !== 'queued') return;
    const moved = await this.moves.backTo(named, recipient);
    if (moved === null) return;
    if (moved.othersIn !== null) this.movedTo.set(recipient.packetId, moved.othersIn);
    recipient.packetId = named;
    this.markAccepted(recipient);
  }

  /** Applies one report. Status never goes back: a repeated or late report is only recorded. */
  apply(recipient: ReportedRecipient, report: IncomingReport): void {
    const meaning = reportMeaning(report.code);
    if (meaning === null || recipient.hasNewerStatus || !mayFollow(recipient.status, meaning.status)) {
      this.changes.keepCode(recipient, report);
      return;
    }
    const change: StatusChange = {
      status: meaning.status,
      reason: meaning.reason ?? null,
      sentAt: report.sentAt ?? this.changes.sentAtOf(recipient),
      deliveredAt: meaning.status === 'delivered' ? report.deliveredAt : null,
    };
    const isLate = isFinal(recipient.status);
    this.changes.changeStatus(recipient, report, change);
    this.recordEvent(recipient, { ...change, sentAt: report.sentAt }, isLate);
  }

  /** Writes what was applied. */
  async close(): Promise<void> {
    await this.changes.write();
  }

  private markAccepted(recipient: ReportedRecipient): void {
    if (!OPEN.has(recipient.state)) return;
    this.accepted.add(recipient.packetId);
    recipient.state = 'accepted';
    if (recipient.status === 'queued') recipient.status = 'accepted';
  }

  private async accept(packetId: string): Promise<void> {
    const { unit, policy, now } = this;
    const row = await unit.first(
      `SELECT ${HEAD_COLUMNS} FROM sms_pro_packet WHERE packet_id = ? AND state IN (${OPEN_STATES})`,
      [packetId],
    );
    if (row === null) return;
    await acceptByReport(unit, packetHead(row), policy, now);
  }

  private recordEvent(recipient: ReportedRecipient, change: StatusChange, late: boolean): void {
    const { status, reason, sentAt, deliveredAt } = change;
    const { recipientEvents } = this.policy;
    if (status === 'queued' || status === 'accepted' || recipientEvents === 'none') return;
    if (status === 'sent' && recipientEvents === 'final') return;
    this.unit.recordEvent({
      name: `recipient.${status}`,
      occurredAt: this.now,
      messageId: recipient.messageId,
      packetId: recipient.packetId,
      phone: recipient.phone,
      orderKey: recipientOrderKey(recipient.rootPacketId, recipient.phone),
      detail: {
        status,
        source: this.source,
        ...(reason === null ? {} : { reason }),
        ...(sentAt === null ? {} : { sentAt }),
        ...(deliveredAt === null ? {} : { deliveredAt }),
        ...(late ? { late } : {}),
      },
    });
  }
}
