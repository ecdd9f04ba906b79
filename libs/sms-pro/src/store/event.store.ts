import type {
  FinishedEvent,
  InHand,
  PendingDelivery,
  StoredDelivery,
  StoredEvent,
  Subscription,
} from '../message/outbox-record.js';
import { SMS_PRO_EVENT_NAMES } from '../message/sms-pro.events.js';
import { int, oneOf, text, textOrNull } from './row-reader.js';
import type { SmsProDatabase } from './sms-pro.database.js';
import type { UnitOfWork } from './unit-of-work.js';
import { marks, type SqlRow, type SqlSession } from './sql-session.js';

const EVENT_COLUMNS = `e.event_seq, e.event_id, e.name, e.account, e.occurred_at, e.order_key, e.message_id, e.packet_id,
  e.phone, e.detail, m.campaign_id, m.reference, m.metadata`;

/** Most events in one IN list. */
const SEQS_AT_ONCE = 500;

/** The outbox: events written with the change they tell of, and what each subscriber still has to hear. */
export class EventStore {
  constructor(private readonly database: SmsProDatabase) {}

  /** Remembers who subscribes to what, so that a process without a handler leaves its events for the one that has it. */
  async register(subscriptions: readonly Subscription[], now: number): Promise<void> {
    if (subscriptions.length === 0) return;
    await this.database.transaction(async (unit) => {
      for (const { subscriber, eventName } of subscriptions) {
        const seen = await unit.run(
          'UPDATE sms_pro_subscriber SET seen_at = ? WHERE account = ? AND subscriber = ? AND event_name = ?',
          [now, unit.account, subscriber, eventName],
        );
        if (seen > 0) continue;
        await unit.insertNew('sms_pro_subscriber', {
          account: unit.account,
          subscriber,
          event_name: eventName,
          seen_at: now,
        });
      }
    });
  }

  /** Everyone who subscribed, in whatever process, and was seen since. */
  async subscriptions(seenSince: number): Promise<Subscription[]> {
    return this.database.read(async (session) => {
      const rows = await session.all(
        'SELECT subscriber, event_name FROM sms_pro_subscriber WHERE account = ? AND seen_at >= ? ORDER BY subscriber',
        [this.database.account, seenSince],
      );
      return rows.map((row) => ({
        subscriber: text(row, 'subscriber'),
        eventName: oneOf(row, 'event_name', SMS_PRO_EVENT_NAMES),
      }));
    });
  }

  /** Leases new events, oldest first; none whose key has an earlier one in another process's hands. */
  async claimEvents(owner: string, now: number, leaseMs: number, limit: number): Promise<StoredEvent[]> {
    return this.database.transaction(async (unit) => {
      const locked = await unit.all(
        `SELECT e.event_seq, e.order_key FROM sms_pro_event e
         WHERE e.account = ? AND e.state = 'pending' AND (e.lease_until IS NULL OR e.lease_until <= ?)
           AND NOT EXISTS (SELECT 1 FROM sms_pro_event o WHERE o.order_key = e.order_key AND o.state = 'pending'
             AND o.event_seq < e.event_seq AND o.lease_until > ?)
         ORDER BY e.event_seq LIMIT ? ${unit.dialect.skipLocked}`,
        [unit.account, now, now, limit],
      );
      const seqs = await this.inOrderOfKey(unit, locked);
      if (seqs.length === 0) return [];
      const [, rows] = await unit.together([
        () =>
          unit.run(
            `UPDATE sms_pro_event SET lease_owner = ?, lease_until = ? WHERE event_seq IN (${marks(seqs.length)})`,
            [owner, now + leaseMs, ...seqs],
          ),
        () =>
          unit.all(
            `SELECT ${EVENT_COLUMNS} FROM sms_pro_event e LEFT JOIN sms_pro_message m ON m.message_id = e.message_id
             WHERE e.event_seq IN (${marks(seqs.length)}) ORDER BY e.event_seq`,
            seqs,
          ),
      ]);
      return rows.map(eventOf);
    });
  }

  /**
   * Of the rows in hand, those whose key has no earlier pending one elsewhere. What another process has just locked
   * looks free here, so a lease alone would not tell.
   */
  private async inOrderOfKey(session: SqlSession, locked: readonly SqlRow[]): Promise<number[]> {
    if (locked.length === 0) return [];
    const inHand = new Set(locked.map((row) => int(row, 'event_seq')));
    const keys = [...new Set(locked.map((row) => text(row, 'order_key')))];
    const pending = await session.all(
      `SELECT event_seq, order_key FROM sms_pro_event WHERE state = 'pending' AND order_key IN (${marks(keys.length)})
       ORDER BY event_seq`,
      keys,
    );
    const heldUp = new Set<string>();
    const seqs: number[] = [];
    for (const row of pending) {
      const key = text(row, 'order_key');
      const seq = int(row, 'event_seq');
      if (!inHand.has(seq)) heldUp.add(key);
      else if (!heldUp.has(key)) seqs.push(seq);
    }
    return seqs;
  }

  /** Keeps events and deliveries that are still being worked: a slow handler is no dead process. */
  async renewLeases(owner: string, hand: InHand, leaseUntil: number): Promise<void> {
    await this.database.transaction(async (unit) => {
      for (let at = 0; at < hand.events.length; at += SEQS_AT_ONCE) {
        const part = hand.events.slice(at, at + SEQS_AT_ONCE);
        await unit.run(
          `UPDATE sms_pro_event SET lease_until = ? WHERE lease_owner = ? AND state = 'pending' AND event_seq IN (${marks(part.length)})`,
          [leaseUntil, owner, ...part],
        );
      }
      for (const { seq, subscriber } of hand.deliveries) {
        await unit.run(
          'UPDATE sms_pro_delivery SET lease_until = ? WHERE lease_owner = ? AND event_seq = ? AND subscriber = ?',
          [leaseUntil, owner, seq, subscriber],
        );
      }
    });
  }

  /** The subscribers that must hear earlier events of these keys first, as `subscriber|key`. */
  async blocked(orderKeys: readonly string[]): Promise<Set<string>> {
    if (orderKeys.length === 0) return new Set();
    return this.database.read(async (session) => {
      const rows = await session.all(
        `SELECT DISTINCT subscriber, order_key FROM sms_pro_delivery
         WHERE state = 'pending' AND account = ? AND order_key IN (${marks(orderKeys.length)})`,
        [this.database.account, ...orderKeys],
      );
      return new Set(rows.map((row) => `${text(row, 'subscriber')}|${text(row, 'order_key')}`));
    });
  }

  /** Ends new events for their process in one transaction; what did not succeed at once goes on per subscriber. */
  async finishEvents(finished: readonly FinishedEvent[], owner: string, now: number): Promise<void> {
    if (finished.length === 0) return;
    await this.database.transaction(async (unit) => {
      // Before the events are done, so that a later one of the same key never slips past.
      await this.insertDeliveries(
        unit,
        finished.flatMap((event) => event.pending),
        now,
      );
      await unit.atEnd(() =>
        unit.run(
          `UPDATE sms_pro_event SET state = 'done', done_at = ?, lease_owner = NULL, lease_until = NULL
           WHERE lease_owner = ? AND state = 'pending' AND event_seq IN (${marks(finished.length)})`,
          [now, owner, ...finished.map((event) => event.seq)],
        ),
      );
    });
  }

  /** Leases deliveries that are due for these subscribers; per subscriber and key only the earliest. */
  async claimDeliveries(
    owner: string,
    subscribers: readonly string[],
    now: number,
    leaseMs: number,
    limit: number,
  ): Promise<StoredDelivery[]> {
    if (subscribers.length === 0) return [];
    return this.database.transaction(async (unit) => {
      const locked = await unit.all(
        `SELECT d.event_seq, d.subscriber FROM sms_pro_delivery d
         WHERE d.account = ? AND d.state = 'pending' AND d.due_at <= ? AND (d.lease_until IS NULL OR d.lease_until <= ?)
           AND d.subscriber IN (${marks(subscribers.length)})
           AND NOT EXISTS (SELECT 1 FROM sms_pro_delivery o WHERE o.subscriber = d.subscriber AND o.order_key = d.order_key
             AND o.state = 'pending' AND o.event_seq < d.event_seq)
         ORDER BY d.due_at, d.event_seq LIMIT ? ${unit.dialect.skipLocked}`,
        [unit.account, now, now, ...subscribers, limit],
      );
      const deliveries: StoredDelivery[] = [];
      for (const { event_seq: seq, subscriber } of locked.map((row) => ({
        event_seq: int(row, 'event_seq'),
        subscriber: text(row, 'subscriber'),
      }))) {
        await unit.run(
          'UPDATE sms_pro_delivery SET lease_owner = ?, lease_until = ? WHERE event_seq = ? AND subscriber = ?',
          [owner, now + leaseMs, seq, subscriber],
        );
        const row = await unit.first(
          `SELECT ${EVENT_COLUMNS}, d.attempts FROM sms_pro_delivery d JOIN sms_pro_event e ON e.event_seq = d.event_seq
           LEFT JOIN sms_pro_message m ON m.message_id = e.message_id WHERE d.event_seq = ? AND d.subscriber = ?`,
          [seq, subscriber],
        );
        if (row !== null) deliveries.push({ event: eventOf(row), subscriber, attempts: int(row, 'attempts') });
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
        // Of one subscriber and key only the earliest counts, and one that is being called not before its lease ends.
        `SELECT MIN(CASE WHEN d.lease_until > d.due_at THEN d.lease_until ELSE d.due_at END) AS at FROM sms_pro_delivery d
         WHERE d.account = ? AND d.state = 'pending' AND d.subscriber IN (${marks(subscribers.length)})
           AND NOT EXISTS (SELECT 1 FROM sms_pro_delivery o WHERE o.subscriber = d.subscriber AND o.order_key = d.order_key
             AND o.state = 'pending' AND o.event_seq < d.event_seq)`,
        [this.database.account, ...subscribers],
      );
      return row === null || row['at'] === null ? null : int(row, 'at');
    });
  }

  /** A row that is there already came from an earlier lease of the same event: it stays as it is. */
  private async insertDeliveries(unit: UnitOfWork, pending: readonly PendingDelivery[], now: number): Promise<void> {
    for (const delivery of pending) {
      await unit.insertNew('sms_pro_delivery', {
        event_seq: delivery.seq,
        subscriber: delivery.subscriber,
        account: unit.account,
        order_key: delivery.orderKey,
        state: delivery.parked ? 'parked' : 'pending',
        attempts: delivery.attempts,
        due_at: delivery.dueAt,
        last_error: delivery.lastError,
        updated_at: now,
      });
    }
  }
}

function eventOf(row: SqlRow): StoredEvent {
  return {
    seq: int(row, 'event_seq'),
    eventId: text(row, 'event_id'),
    name: oneOf(row, 'name', SMS_PRO_EVENT_NAMES),
    account: text(row, 'account'),
    occurredAt: int(row, 'occurred_at'),
    orderKey: text(row, 'order_key'),
    messageId: textOrNull(row, 'message_id'),
    packetId: textOrNull(row, 'packet_id'),
    phone: textOrNull(row, 'phone'),
    detail: text(row, 'detail'),
    campaignId: textOrNull(row, 'campaign_id'),
    reference: textOrNull(row, 'reference'),
    metadata: textOrNull(row, 'metadata'),
  };
}
