import { noCounts, type StatusCounts } from '../../message/recipient-status.js';
import { int, intOrNull, text } from '../database/row-reader.js';
import type { UnitOfWork } from '../database/unit-of-work.js';
import { marks } from '../dialects/sql-statement.js';
import type { SqlSession } from '../database/sql-session.js';
import { updateMany } from '../database/update-many.js';
import { storedStatus } from './stored-status.js';
import { OPEN_STATES } from './open-rows.js';
/** Messages in one IN list, at most. */
const MAX_MESSAGES = 500;

/** Changes how many recipients of a message are still open. */
const OPEN_RECIPIENTS = {
  table: 'sms_pro_message',
  keys: [{ name: 'message_id', type: 'text' }],
  sets: [
    { name: 'open_recipients', type: 'integer' },
    { name: 'completed_at', type: 'bigint' },
  ],
} as const;

/** How many recipients of each message have each status; one without a status of its own has that of its packet. */
async function messageCounts(
  session: SqlSession,
  messageIds: readonly string[],
): Promise<ReadonlyMap<string, StatusCounts>> {
  const rows = await session.all(
    `SELECT r.message_id, r.status AS own, p.state AS state, COUNT(*) AS amount
     FROM sms_pro_recipient r JOIN sms_pro_packet p ON p.packet_id = r.packet_id
     WHERE r.message_id IN (${marks(messageIds.length)}) GROUP BY r.message_id, r.status, p.state`,
    messageIds,
  );
  const counts = new Map(messageIds.map((messageId) => [messageId, noCounts()]));
  for (const row of rows) {
    const ofMessage = counts.get(text(row, 'message_id'));
    if (ofMessage !== undefined) ofMessage[storedStatus(row, 'own')] += int(row, 'amount');
  }
  return counts;
}

/** Counts down the open recipients of messages; records `message.completed` when the last one has ended, once. */
export async function closeRecipients(
  unit: UnitOfWork,
  ended: ReadonlyMap<string, number>,
  now: number,
): Promise<void> {
  const messageIds = [...ended.keys()].toSorted();
  for (let at = 0; at < messageIds.length; at += MAX_MESSAGES) {
    await closePart(unit, messageIds.slice(at, at + MAX_MESSAGES), ended, now);
  }
}

async function closePart(
  unit: UnitOfWork,
  messageIds: readonly string[],
  ended: ReadonlyMap<string, number>,
  now: number,
): Promise<void> {
  // Two transactions that end recipients of one message wait for each other here, in one order for all.
  const rows = await unit.all(
    `SELECT message_id, open_recipients, completed_at FROM sms_pro_message
     WHERE message_id IN (${marks(messageIds.length)}) ORDER BY message_id ${unit.dialect.forUpdate}`,
    messageIds,
  );
  const completed: string[] = [];
  const changes = rows.map((row) => {
    const messageId = text(row, 'message_id');
    const open = int(row, 'open_recipients') - (ended.get(messageId) ?? 0);
    const completedAt = intOrNull(row, 'completed_at');
    const isCompleted = completedAt === null && open <= 0;
    if (isCompleted) completed.push(messageId);
    return [messageId, open, isCompleted ? now : completedAt];
  });
  await updateMany(unit, { ...OPEN_RECIPIENTS, rows: changes });
  if (completed.length > 0) await recordCompleted(unit, completed, now);
}

async function recordCompleted(unit: UnitOfWork, messageIds: readonly string[], now: number): Promise<void> {
  for (const [messageId, counts] of await messageCounts(unit, messageIds)) {
    const recipients = Object.values(counts).reduce((sum, amount) => sum + amount, 0);
    unit.recordEvent({
      name: 'message.completed',
      occurredAt: now,
      messageId,
      orderKey: messageId,
      detail: { recipients, counts },
    });
  }
}

/** Erases the sensitive texts of messages that no open packet needs any more. */
export async function eraseSensitive(unit: UnitOfWork, messageIds: readonly string[]): Promise<void> {
  if (messageIds.length === 0) return;
  // The last two packets of a message may end at the same time: the second waits here, and sees that the first has ended.
  await unit.all(
    `SELECT message_id FROM sms_pro_message WHERE message_id IN (${marks(messageIds.length)}) ORDER BY message_id ${unit.dialect.forUpdate}`,
    messageIds,
  );
  await unit.run(
    `UPDATE sms_pro_message SET text = NULL
     WHERE is_sensitive = 1 AND text IS NOT NULL AND message_id IN (${marks(messageIds.length)}) AND NOT EXISTS (
       SELECT 1 FROM sms_pro_recipient r JOIN sms_pro_packet p ON p.packet_id = r.packet_id
       WHERE r.message_id = sms_pro_message.message_id AND p.state IN (${OPEN_STATES}))`,
    messageIds,
  );
}
