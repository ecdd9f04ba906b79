import type { ParkedDelivery, ParkedFilter } from '../../message/outbox-record.js';
import { SMS_PRO_EVENT_NAMES } from '../../message/sms-pro.events.js';
import { int, oneOf, text, textOrNull } from '../database/row-reader.js';
import type { SmsProDatabase } from '../database/sms-pro.database.js';
import { marks, type SqlValue } from '../dialects/sql-statement.js';
import { IS_KNOWN } from './event-rows.js';

/** Parked deliveries: events on which a subscriber failed too often, and which wait for an operator. */
export class ParkedStore {
  constructor(private readonly database: SmsProDatabase) {}

  /** Parked deliveries, oldest first; not those of events that only a newer version knows. */
  async parked(filter: ParkedFilter, limit: number): Promise<ParkedDelivery[]> {
    const { where, parameters } = parkedWhere(this.database.account, filter);
    return this.database.read(async (session) => {
      const rows = await session.all(
        `SELECT e.event_id, e.name, d.subscriber, d.attempts, d.last_error, e.occurred_at, d.updated_at
         FROM sms_pro_delivery d JOIN sms_pro_event e ON e.event_seq = d.event_seq
         WHERE ${where} AND ${IS_KNOWN('e')} ORDER BY d.event_seq LIMIT ?`,
        [...parameters, limit],
      );
      return rows.map((row) => ({
        eventId: text(row, 'event_id'),
        name: oneOf(row, 'name', SMS_PRO_EVENT_NAMES),
        subscriber: text(row, 'subscriber'),
        attempts: int(row, 'attempts'),
        lastError: textOrNull(row, 'last_error'),
        occurredAt: int(row, 'occurred_at'),
        parkedAt: int(row, 'updated_at'),
      }));
    });
  }

  /** How many deliveries are parked. */
  async countParked(): Promise<number> {
    return this.database.read(async (session) => {
      const row = await session.first(
        "SELECT COUNT(*) AS amount FROM sms_pro_delivery WHERE account = ? AND state = 'parked'",
        [this.database.account],
      );
      return int(row ?? {}, 'amount');
    });
  }

  /** Makes parked deliveries due again. Returns how many. */
  async replay(filter: ParkedFilter, now: number): Promise<number> {
    const { where, parameters } = parkedWhere(this.database.account, filter);
    return this.database.transaction(async (unit) => {
      const rows = await unit.all(
        `SELECT d.event_seq, d.subscriber FROM sms_pro_delivery d JOIN sms_pro_event e ON e.event_seq = d.event_seq WHERE ${where}`,
        parameters,
      );
      for (const row of rows) {
        await unit.run(
          `UPDATE sms_pro_delivery SET state = 'pending', attempts = 0, due_at = ?, updated_at = ? WHERE event_seq = ? AND subscriber = ?`,
          [now, now, int(row, 'event_seq'), text(row, 'subscriber')],
        );
      }
      return rows.length;
    });
  }
}

function parkedWhere(account: string, filter: ParkedFilter): { where: string; parameters: SqlValue[] } {
  const clauses = ["d.account = ? AND d.state = 'parked'"];
  const parameters: SqlValue[] = [account];
  if (filter.subscriber !== undefined) {
    clauses.push('d.subscriber = ?');
    parameters.push(filter.subscriber);
  }
  if (filter.name !== undefined) {
    clauses.push('e.name = ?');
    parameters.push(filter.name);
  }
  if (filter.eventIds !== undefined) {
    clauses.push(filter.eventIds.length > 0 ? `e.event_id IN (${marks(filter.eventIds.length)})` : '1 = 0');
    parameters.push(...filter.eventIds);
  }
  return { where: clauses.join(' AND '), parameters };
}
