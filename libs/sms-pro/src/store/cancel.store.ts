import { OPEN_PACKET_STATES } from '../message/packet-state.js';
import { endRecipientsOf, HEAD_COLUMNS, packetHead } from './packet-outcome.js';
import { int, text } from './row-reader.js';
import type { SettlePolicy } from './settle.store.js';
import type { SmsProDatabase, UnitOfWork } from './sms-pro.database.js';

/** How many recipients a cancel took back, and for how many it came too late. */
export interface CanceledCount {
  readonly canceled: number;
  readonly tooLate: number;
}

/** Takes messages back that are not sent yet. */
export class CancelStore {
  constructor(
    private readonly database: SmsProDatabase,
    private readonly policy: SettlePolicy,
  ) {}

  /**
   * Cancels what is queued of a message. What is on its way or uncertain is marked: it is not repeated, and ends
   * `canceled` if it turns out that it was never sent. `null` for a message that is not this account's.
   */
  async cancel(messageId: string, now: number): Promise<CanceledCount | null> {
    return this.database.transaction(async (unit) => {
      const message = await unit.first('SELECT message_id FROM sms_pro_message WHERE message_id = ? AND account = ?', [
        messageId,
        unit.account,
      ]);
      if (message === null) return null;
      await unit.run(
        'UPDATE sms_pro_message SET cancel_requested_at = COALESCE(cancel_requested_at, ?) WHERE message_id = ?',
        [now, messageId],
      );
      const total = { canceled: 0, tooLate: 0 };
      const seen = new Set<string>();
      // A packet that was waited for may have been replaced meanwhile: looked at again until no new one appears.
      for (let packetId = await this.nextPacket(unit, messageId, seen); packetId !== null;) {
        seen.add(packetId);
        await this.cancelPacket(unit, packetId, total, now);
        packetId = await this.nextPacket(unit, messageId, seen);
      }
      return total;
    });
  }

  private async nextPacket(unit: UnitOfWork, messageId: string, seen: ReadonlySet<string>): Promise<string | null> {
    const rows = await unit.all(
      'SELECT DISTINCT packet_id FROM sms_pro_recipient WHERE message_id = ? ORDER BY packet_id',
      [messageId],
    );
    return rows.map((row) => text(row, 'packet_id')).find((packetId) => !seen.has(packetId)) ?? null;
  }

  private async cancelPacket(
    unit: UnitOfWork,
    packetId: string,
    total: { canceled: number; tooLate: number },
    now: number,
  ): Promise<void> {
    const row = await unit.first(
      `SELECT ${HEAD_COLUMNS}, state, open_tries FROM sms_pro_packet WHERE packet_id = ? ${unit.dialect.forUpdate}`,
      [packetId],
    );
    if (row === null) return;
    const head = packetHead(row);
    const state = text(row, 'state');
    if (state === 'queued' && int(row, 'open_tries') === 0) {
      await unit.run(
        `UPDATE sms_pro_packet SET state = 'canceled', reason = 'canceled', ended_at = ?, open_recipients = 0,
           cancel_requested = 1 WHERE packet_id = ?`,
        [now, packetId],
      );
      await endRecipientsOf(unit, head, { status: 'canceled', reason: 'canceled' }, this.policy.recipientEvents, now);
      total.canceled += head.recipients;
    } else if (OPEN_PACKET_STATES.some((open) => open === state)) {
      await unit.run('UPDATE sms_pro_packet SET cancel_requested = 1 WHERE packet_id = ?', [packetId]);
      total.tooLate += head.recipients;
    } else if (state === 'accepted') {
      total.tooLate += head.recipients;
    }
  }
}
