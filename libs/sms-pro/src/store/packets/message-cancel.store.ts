import { int, text } from '../database/row-reader.js';
import type { SmsProDatabase } from '../database/sms-pro.database.js';
import type { UnitOfWork } from '../database/unit-of-work.js';
import { marks } from '../dialects/sql-statement.js';
import { HEAD_COLUMNS, packetHead } from './packet-head.js';
import { areOthersCanceled, divideByMessage } from './packet-phones.js';
import { PhoneMoves } from './phone-moves.js';
import type { StorePolicy } from './store-policy.js';

/** Packets in one IN list, at most. */
const MAX_LOCKED_PACKETS = 500;

/** The result of a cancel, in recipients. */
export interface CanceledCount {
  /** Recipients that ended as `canceled`. */
  readonly canceled: number;
  /** Recipients that were already being sent, uncertain or accepted. */
  readonly tooLate: number;
}

/** Cancels messages that are not sent yet. */
export class MessageCancelStore {
  constructor(
    private readonly database: SmsProDatabase,
    private readonly policy: StorePolicy,
  ) {}

  /**
   * Cancels what is queued of a message. What is being sent or uncertain is marked: it is not repeated, and ends as
   * `canceled` if it turns out that it was never sent. Other messages of its campaign in the same packet are not
   * canceled: they move into a new packet, or keep theirs, which is then not marked. `null` if this account has no such
   * message.
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
      // While this waited for a packet's lock, that packet may have been replaced: it looks again until none is new.
      for (let packetIds = await newPackets(unit, messageId, seen); packetIds.length > 0;) {
        await lockInOrder(unit, packetIds);
        for (const packetId of packetIds) {
          seen.add(packetId);
          const { canceled, tooLate } = await this.cancelPacket(unit, messageId, packetId, now);
          total.canceled += canceled;
          total.tooLate += tooLate;
        }
        packetIds = await newPackets(unit, messageId, seen);
      }
      // After the packets, as everywhere: who holds a packet's lock may wait for its messages, never the other way round.
      await unit.run(
        'UPDATE sms_pro_message SET cancel_requested_at = COALESCE(cancel_requested_at, ?) WHERE message_id = ?',
        [now, messageId],
      );
      return total;
    });
  }

  private async cancelPacket(
    unit: UnitOfWork,
    messageId: string,
    packetId: string,
    now: number,
  ): Promise<CanceledCount> {
    const row = await unit.first(
      `SELECT ${HEAD_COLUMNS}, state, open_tries, due_at FROM sms_pro_packet WHERE packet_id = ? ${unit.dialect.forUpdate}`,
      [packetId],
    );
    if (row === null) return { canceled: 0, tooLate: 0 };
    const head = packetHead(row);
    const state = text(row, 'state');
    const phones = await divideByMessage(unit, head, new Set([messageId]));
    const amount = phones.canceled.length;
    if (state === 'queued' && int(row, 'open_tries') === 0) {
      await new PhoneMoves(unit, this.policy, now).cancel(head, phones, int(row, 'due_at'));
      return { canceled: amount, tooLate: 0 };
    }
    if (state !== 'sending' && state !== 'uncertain') {
      return { canceled: 0, tooLate: state === 'accepted' ? amount : 0 };
    }
    // A packet with phones of other messages is repeated for them, these phones included: its phones never change.
    if (phones.others.length === 0 || (await areOthersCanceled(unit, head, messageId))) {
      await unit.run('UPDATE sms_pro_packet SET cancel_requested = 1 WHERE packet_id = ?', [packetId]);
    }
    return { canceled: 0, tooLate: amount };
  }
}

async function newPackets(unit: UnitOfWork, messageId: string, seen: ReadonlySet<string>): Promise<string[]> {
  const rows = await unit.all(
    'SELECT DISTINCT packet_id FROM sms_pro_recipient WHERE message_id = ? ORDER BY packet_id',
    [messageId],
  );
  return rows.map((row) => text(row, 'packet_id')).filter((packetId) => !seen.has(packetId));
}

/** Locks packets before any of their messages, in the order of reports and answers, so that there is no deadlock. */
async function lockInOrder(unit: UnitOfWork, packetIds: readonly string[]): Promise<void> {
  for (let at = 0; at < packetIds.length; at += MAX_LOCKED_PACKETS) {
    const part = packetIds.slice(at, at + MAX_LOCKED_PACKETS);
    await unit.all(
      `SELECT packet_id FROM sms_pro_packet WHERE packet_id IN (${marks(part.length)}) ORDER BY packet_id ${unit.dialect.forUpdate}`,
      part,
    );
  }
}
