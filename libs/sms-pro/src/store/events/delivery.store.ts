import type { PendingDelivery, StoredDelivery } from '../../message/outbox-record.js';
import { int, text } from '../database/row-reader.js';
import type { SmsProDatabase } from '../database/sms-pro.database.js';
import type { UnitOfWork } from '../database/unit-of-work.js';
import { marks } from '../dialects/sql-statement.js';
import { EVENT_COLUMNS, eventOf, IS_KNOWN } from './event-rows.js';

/** An earlier delivery of the same subscriber and key. Those of events that this version does not know do not count. */
const EARLIER = `SELECT 1 FROM sms_pro_delivery o JOIN sms_pro_event oe ON oe.event_seq = o.event_seq
  WHERE o.subscriber = d.subscriber AND o.order_key = d.order_key AND o.state = 'pending'
    AND o.event_seq < d.event_seq AND ${IS_KNOWN('oe')}`;

/** Which deliveries one claim takes. */
export interface DeliveryClaim {
  readonly owner: string;
  /** Subscribers of this process. */
  readonly subscribers: readonly string[];
  readonly now: number;
  readonly leaseMs: number;
  readonly limit: number;
}

/** Deliveries: events that are done but for one subscriber, which still has to get them. */
export class DeliveryStore {
  constructor(private readonly database: SmsProDatabase) {}

  /** The subscribers that must get earlier events of these keys first, as `subscriber|key`. */
  async blocked(orderKeys: readonly string[]): Promise<Set<string>> {
    if (orderKeys.length === 0) return new Set();
    return this.database.read(async (session) => {
      const rows = await session.all(
        `SELECT DISTINCT d.subscriber, d.order_key FROM sms_pro_delivery d
         JOIN sms_pro_event e ON e.event_seq = d.event_seq
         WHERE d.state = 'pending' AND d.account = ? AND d.order_key IN (${marks(orderKeys.length)}) AND ${IS_KNOWN('e')}`,
        [this.database.account, ...orderKeys],
      );
      return new Set(rows.map((row) => `${text(row, 'subscriber')}|${text(row, 'order_key')}`));
    });
  }

  /** Leases deliveries that are due for these subscribers; for each subscriber and key only the earliest one. */
  async claimDeliveries({ owner, subscribers, now, leaseMs, limit }: DeliveryClaim): Promise<StoredDelivery[]> {
    if (subscribers.length === 0) return [];
    return this.database.transaction(async (unit) => {
      const locked = await unit.all(
        `SELECT d.event_seq, d.subscriber FROM sms_pro_delivery d
         WHERE d.account = ? AND d.state = 'pending' AND d.due_at <= ? AND (d.lease_until IS NULL OR d.lease_until <= ?)
           AND d.subscriber IN (${marks(subscribers.length)})
           AND EXISTS (SELECT 1 FROM sms_pro_event e WHERE e.event_seq = d.event_seq AND ${IS_KNOWN('e')})
           AND NOT EXISTS (${EARLIER})
         ORDER BY d.due_at, d.event_seq LIMIT ? ${unit.dialect.skipLocked}`,
        [unit.account, now, now, ...subscribers, limit],
      );
      const deliveries: StoredDelivery[] = [];
      for (const row of locked) {
        const delivery = await lease(unit, int(row, 'event_seq'), text(row, 'subscriber'), [owner, now + leaseMs]);
        if (delivery !== null) deliveries.push(delivery);
      }
      return deliveries;
    });
  }

  /** Ends a delivery that succeeded. */
  async finishDelivery(seq: number, subscriber: string, owner: string): Promise<void> {
    await this.database.transaction((unit) =>
      unit.run('DELETE FROM sms_pro_delivery WHERE event_seq = ? AND subscriber = ? AND lease_owner = ?', [
        seq,
        subscriber,
        owner,
      ]),
    );
  }

  /** Keeps a delivery that failed for another call, or parks it. */
  async keepDelivery(delivery: PendingDelivery, owner: string, now: number): Promise<void> {
    await this.database.transaction((unit) =>
      unit.run(
        `UPDATE sms_pro_delivery SET state = ?, attempts = ?, due_at = ?, last_error = ?, lease_owner = NULL,
           lease_until = NULL, updated_at = ? WHERE event_seq = ? AND subscriber = ? AND lease_owner = ?`,
        [
          delivery.parked ? 'parked' : 'pending',
          delivery.attempts,
          delivery.dueAt,
          delivery.lastError,
          now,
          delivery.seq,
          delivery.subscriber,
          owner,
        ],
      ),
    );
  }

  /** When the next delivery is due for these subscribers, or `null`. */
  async nextDeliveryAt(subscribers: readonly string[]): Promise<number | null> {
    if (subscribers.length === 0) return null;
    return this.database.read(async (session) => {
      const row = await session.first(
        // For each subscriber and key only the earliest one counts; while it is leased, it is due when its lease ends.
        `SELECT MIN(CASE WHEN d.lease_until > d.due_at THEN d.lease_until ELSE d.due_at END) AS at FROM sms_pro_delivery d
         JOIN sms_pro_event e ON e.event_seq = d.event_seq
         WHERE d.account = ? AND d.state = 'pending' AND d.subscriber IN (${marks(subscribers.length)})
           AND ${IS_KNOWN('e')} AND NOT EXISTS (${EARLIER})`,
        [this.database.account, ...subscribers],
      );
      return row === null || row['at'] === null ? null : int(row, 'at');
    });
  }
}

async function lease(
  unit: UnitOfWork,
  seq: number,
  subscriber: string,
  [owner, until]: readonly [string, number],
): Promise<StoredDelivery | null> {
  await unit.run(
    'UPDATE sms_pro_delivery SET lease_owner = ?, lease_until = ? WHERE event_seq = ? AND subscriber = ?',
    [owner, until, seq, subscriber],
  );
  const row = await unit.first(
    `SELECT ${EVENT_COLUMNS}, d.attempts FROM sms_pro_delivery d JOIN sms_pro_event e ON e.event_seq = d.event_seq
     LEFT JOIN sms_pro_message m ON m.message_id = e.message_id WHERE d.event_seq = ? AND d.subscriber = ?`,
    [seq, subscriber],
  );
  return row === null ? null : { event: eventOf(row), subscriber, attempts: int(row, 'attempts') };
}
