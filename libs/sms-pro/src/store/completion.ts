import { STATUS_OF_STATE, PACKET_STATES } from '../message/packet-state.js';
import { noCounts, RECIPIENT_STATUSES, type StatusCounts } from '../message/recipient-status.js';
import { int, oneOf } from './row-reader.js';
import type { UnitOfWork } from './sms-pro.database.js';
import { marks, type SqlSession } from './sql-session.js';

/** How many recipients of a message stand at each status; one without a report of its own follows its packet. */
export async function messageCounts(session: SqlSession, messageId: string): Promise<StatusCounts> {
  const rows = await session.all(
    `SELECT r.status AS own, p.state AS state, COUNT(*) AS amount
     FROM sms_pro_recipient r JOIN sms_pro_packet p ON p.packet_id = r.packet_id
     WHERE r.message_id = ? GROUP BY r.status, p.state`,
    [messageId],
  );
  const counts = noCounts();
  for (const row of rows) {
    const status =
      row['own'] === null ? STATUS_OF_STATE[oneOf(row, 'state', PACKET_STATES)] : oneOf(row, 'own', RECIPIENT_STATUSES);
    counts[status] += int(row, 'amount');
  }
  return counts;
}

/** Counts recipients that have just ended off their messages; tells `message.completed` for the last one, once. */
export async function closeRecipients(
  unit: UnitOfWork,
  ended: ReadonlyMap<string, number>,
  now: number,
): Promise<void> {
  for (const [messageId, amount] of ended) {
    await unit.run('UPDATE sms_pro_message SET open_recipients = open_recipients - ? WHERE message_id = ?', [
      amount,
      messageId,
    ]);
    const completed = await unit.run(
      'UPDATE sms_pro_message SET completed_at = ? WHERE message_id = ? AND open_recipients <= 0 AND completed_at IS NULL',
      [now, messageId],
    );
    if (completed === 1) await tellCompleted(unit, messageId, now);
  }
}

async function tellCompleted(unit: UnitOfWork, messageId: string, now: number): Promise<void> {
  const counts = await messageCounts(unit, messageId);
  const recipients = Object.values(counts).reduce((sum, amount) => sum + amount, 0);
  unit.tell({
    name: 'message.completed',
    occurredAt: now,
    messageId,
    orderKey: messageId,
    detail: { recipients, counts },
  });
}

/** Erases sensitive texts of messages that no open packet needs any more. */
export async function eraseSensitive(unit: UnitOfWork, messageIds: readonly string[]): Promise<void> {
  if (messageIds.length === 0) return;
  // The last two packets of a message may end at once: the second waits here, and sees that the first has ended.
  await unit.all(
    `SELECT message_id FROM sms_pro_message WHERE message_id IN (${marks(messageIds.length)}) ORDER BY message_id ${unit.dialect.forUpdate}`,
    messageIds,
  );
  await unit.run(
    `UPDATE sms_pro_message SET text = NULL
     WHERE is_sensitive = 1 AND text IS NOT NULL AND message_id IN (${marks(messageIds.length)}) AND NOT EXISTS (
       SELECT 1 FROM sms_pro_recipient r JOIN sms_pro_packet p ON p.packet_id = r.packet_id
       WHERE r.message_id = sms_pro_message.message_id AND p.state IN ('queued', 'sending', 'uncertain'))`,
    messageIds,
  );
}
