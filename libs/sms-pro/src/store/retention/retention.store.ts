import { int, text } from '../database/row-reader.js';
import type { SmsProDatabase } from '../database/sms-pro.database.js';
import { marks, type SqlValue } from '../dialects/sql-statement.js';
import type { UnitOfWork } from '../database/unit-of-work.js';

/** Messages that one step looks at, at most. */
const MAX_MESSAGES = 100;

/** Recipients or events that one step deletes, at most: it is one transaction, and SQLite blocks the event loop. */
const MAX_ROWS = 500;

/** Deletes old messages, step by step. */
export class RetentionStore {
  constructor(private readonly database: SmsProDatabase) {}

  /**
   * Deletes some of what ended before an instant: messages with their recipients, packets, tries, reports, events and
   * keys; then campaigns without packets, and events of the account. A message with an event that waits for a subscriber,
   * or is parked, stays. Returns how many rows it deleted: 0 if nothing is left to delete.
   */
  async deleteSome(before: number): Promise<number> {
    return this.database.transaction(async (unit) => {
      const deleted = await this.deleteMessages(unit, before);
      return deleted > 0 ? deleted : (await deleteCampaigns(unit, before)) + (await deleteAccountEvents(unit, before));
    });
  }

  private async deleteMessages(unit: UnitOfWork, before: number): Promise<number> {
    const messageIds = await ids(
      unit,
      `SELECT m.message_id AS id FROM sms_pro_message m WHERE m.account = ? AND m.completed_at <= ?
         AND NOT EXISTS (SELECT 1 FROM sms_pro_event e WHERE e.message_id = m.message_id AND (e.state = 'pending'
           OR EXISTS (SELECT 1 FROM sms_pro_delivery d WHERE d.event_seq = e.event_seq)))
       ORDER BY m.completed_at LIMIT ${MAX_MESSAGES} ${unit.dialect.skipLocked}`,
      [unit.account, before],
    );
    if (messageIds.length === 0) return 0;
    const recipients = await this.deleteRecipients(unit, messageIds);
    const left = await ids(
      unit,
      `SELECT DISTINCT message_id AS id FROM sms_pro_recipient WHERE message_id IN (${marks(messageIds.length)})`,
      messageIds,
    );
    const empty = messageIds.filter((messageId) => !left.includes(messageId));
    return recipients + (await deleteEmptyMessages(unit, empty));
  }

  /** Deletes recipients of some packets, and packets without recipients: a packet may have some of other messages. */
  private async deleteRecipients(unit: UnitOfWork, messageIds: readonly string[]): Promise<number> {
    const rows = await unit.all(
      `SELECT root_packet_id FROM sms_pro_recipient WHERE message_id IN (${marks(messageIds.length)})
       ORDER BY message_id, position LIMIT ${MAX_ROWS}`,
      messageIds,
    );
    const roots = [...new Set(rows.map((row) => text(row, 'root_packet_id')))];
    if (roots.length === 0) return 0;
    // Another instance that deletes recipients of the same packets waits here, then sees which are left.
    await unit.all(
      `SELECT packet_id FROM sms_pro_packet WHERE root_packet_id IN (${marks(roots.length)})
       ORDER BY packet_id ${unit.dialect.forUpdate}`,
      roots,
    );
    const deleted = await unit.run(
      `DELETE FROM sms_pro_recipient WHERE root_packet_id IN (${marks(roots.length)})
         AND message_id IN (${marks(messageIds.length)})`,
      [...roots, ...messageIds],
    );
    const left = await ids(
      unit,
      `SELECT DISTINCT root_packet_id AS id FROM sms_pro_recipient WHERE root_packet_id IN (${marks(roots.length)})`,
      roots,
    );
    await deletePackets(
      unit,
      roots.filter((root) => !left.includes(root)),
    );
    return deleted;
  }
}

async function deletePackets(unit: UnitOfWork, roots: readonly string[]): Promise<void> {
  if (roots.length === 0) return;
  const packetIds = await ids(
    unit,
    `SELECT packet_id AS id FROM sms_pro_packet WHERE root_packet_id IN (${marks(roots.length)})`,
    roots,
  );
  for (const table of ['sms_pro_attempt', 'sms_pro_report', 'sms_pro_packet']) {
    await unit.run(`DELETE FROM ${table} WHERE packet_id IN (${marks(packetIds.length)})`, packetIds);
  }
}

/** Deletes messages without recipients. Their events go first: a large message has more than one step may delete. */
async function deleteEmptyMessages(unit: UnitOfWork, messageIds: readonly string[]): Promise<number> {
  if (messageIds.length === 0) return 0;
  const events = await deleteEvents(unit, `message_id IN (${marks(messageIds.length)})`, messageIds);
  if (events === MAX_ROWS) return events;
  await unit.run(`DELETE FROM sms_pro_idempotency WHERE target_id IN (${marks(messageIds.length)})`, messageIds);
  await unit.run(`DELETE FROM sms_pro_message WHERE message_id IN (${marks(messageIds.length)})`, messageIds);
  return events + messageIds.length;
}

/** Deletes events that are not about a message, such as pauses of the account. */
async function deleteAccountEvents(unit: UnitOfWork, before: number): Promise<number> {
  return deleteEvents(
    unit,
    `message_id IS NULL AND account = ? AND state = 'done' AND done_at <= ?
       AND NOT EXISTS (SELECT 1 FROM sms_pro_delivery d WHERE d.event_seq = sms_pro_event.event_seq)`,
    [unit.account, before],
  );
}

async function deleteEvents(unit: UnitOfWork, where: string, parameters: readonly SqlValue[]): Promise<number> {
  const rows = await unit.all(`SELECT event_seq FROM sms_pro_event WHERE ${where} LIMIT ${MAX_ROWS}`, parameters);
  if (rows.length === 0) return 0;
  const seqs = rows.map((row) => int(row, 'event_seq'));
  return unit.run(`DELETE FROM sms_pro_event WHERE event_seq IN (${marks(seqs.length)})`, seqs);
}

async function deleteCampaigns(unit: UnitOfWork, before: number): Promise<number> {
  const campaignIds = await ids(
    unit,
    `SELECT c.campaign_id AS id FROM sms_pro_campaign c WHERE c.account = ? AND c.created_at <= ?
       AND (c.state <> 'running' OR c.consumed = 0) AND COALESCE(c.ended_at, c.canceled_at, c.created_at) <= ? AND NOT EXISTS (SELECT 1 FROM sms_pro_packet p WHERE p.campaign_id = c.campaign_id) LIMIT ${MAX_MESSAGES}`,
    [unit.account, before, before],
  );
  if (campaignIds.length === 0) return 0;
  await unit.run(`DELETE FROM sms_pro_idempotency WHERE target_id IN (${marks(campaignIds.length)})`, campaignIds);
  return unit.run(`DELETE FROM sms_pro_campaign WHERE campaign_id IN (${marks(campaignIds.length)})`, campaignIds);
}

async function ids(unit: UnitOfWork, sql: string, parameters: readonly SqlValue[]): Promise<string[]> {
  const rows = await unit.all(sql, parameters);
  return rows.map((row) => text(row, 'id'));
}
