import { HEAD_COLUMNS, packetHead } from './packet-outcome.js';
import { areCanceled, cancelShare, shareOf } from './packet-share.js';
import { int, text } from './row-reader.js';
import type { SettlePolicy } from './settle.store.js';
import type { SmsProDatabase } from './sms-pro.database.js';
import { marks } from './sql-session.js';
import type { UnitOfWork } from './unit-of-work.js';

/** Most packets in one IN list. */
const PACKETS_AT_ONCE = 500;

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
   * `canceled` if it turns out that it was never sent. Other messages of its campaign that share a packet with it go
   * on: in a new packet, or unmarked in their own. `null` for a message that is not this account's.
   */
  async cancel(messageId: string, now: number): Promise<CanceledCount | null> {
    return this.database.transaction(async (unit) => {
      const message = await unit.first('SELECT message_id FROM sms_pro_message WHERE message_id = ? AND account = ?', [
        messageId,
        unit.account,
      ]);
      if (message === null) return null;
      const total = { canceled: 0, tooLate: 0 };
      const seen = new Set<string>();
      // A packet that was waited for may have been replaced meanwhile: looked at again until no new one appears.
      for (let packetIds = await this.newPackets(unit, messageId, seen); packetIds.length > 0;) {
        await lockInOrder(unit, packetIds);
        for (const packetId of packetIds) {
          seen.add(packetId);
          await this.cancelPacket(unit, messageId, packetId, total, now);
        }
        packetIds = await this.newPackets(unit, messageId, seen);
      }
      // After the packets, as everywhere: who holds a packet may wait for its messages, and never the other way round.
      await unit.run(
        'UPDATE sms_pro_message SET cancel_requested_at = COALESCE(cancel_requested_at, ?) WHERE message_id = ?',
        [now, messageId],
      );
      return total;
    });
  }

  private async newPackets(unit: UnitOfWork, messageId: string, seen: ReadonlySet<string>): Promise<string[]> {
    const rows = await unit.all(
      'SELECT DISTINCT packet_id FROM sms_pro_recipient WHERE message_id = ? ORDER BY packet_id',
      [messageId],
    );
    return rows.map((row) => text(row, 'packet_id')).filter((packetId) => !seen.has(packetId));
  }

  private async cancelPacket(
    unit: UnitOfWork,
    messageId: string,
    packetId: string,
    total: { canceled: number; tooLate: number },
    now: number,
  ): Promise<void> {
    const row = await unit.first(
      `SELECT ${HEAD_COLUMNS}, state, open_tries, due_at FROM sms_pro_packet WHERE packet_id = ? ${unit.dialect.forUpdate}`,
      [packetId],
    );
    if (row === null) return;
    const head = packetHead(row);
    const state = text(row, 'state');
    const { own, others } = await shareOf(unit, head, new Set([messageId]));
    if (state === 'queued' && int(row, 'open_tries') === 0) {
      await cancelShare(unit, head, { own, others }, int(row, 'due_at'), this.policy, now);
      total.canceled += own;
    } else if (state === 'sending' || state === 'uncertain') {
      // A packet that others share is repeated for them, with these phones: its phones and its id never change.
      if (others.length === 0 || (await areCanceled(unit, head, messageId))) {
        await unit.run('UPDATE sms_pro_packet SET cancel_requested = 1 WHERE packet_id = ?', [packetId]);
      }
      total.tooLate += own;
    } else if (state === 'accepted') {
      total.tooLate += own;
    }
  }
}

/** Before a message of one of them is locked, as reports and answers do: none then waits for another in a circle. */
async function lockInOrder(unit: UnitOfWork, packetIds: readonly string[]): Promise<void> {
  for (let at = 0; at < packetIds.length; at += PACKETS_AT_ONCE) {
    const part = packetIds.slice(at, at + PACKETS_AT_ONCE);
    await unit.all(
      `SELECT packet_id FROM sms_pro_packet WHERE packet_id IN (${marks(part.length)}) ORDER BY packet_id ${unit.dialect.forUpdate}`,
      part,
    );
  }
}
