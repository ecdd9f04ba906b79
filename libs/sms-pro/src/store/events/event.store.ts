import type { FinishedEvent, LeasedWork, StoredEvent, Subscription } from '../../message/outbox-record.js';
import { SMS_PRO_EVENT_NAMES } from '../../message/sms-pro.events.js';
import { int, knownOrNull, text } from '../database/row-reader.js';
import type { SmsProDatabase } from '../database/sms-pro.database.js';
import type { SqlRow, SqlSession } from '../database/sql-session.js';
import { marks } from '../dialects/sql-statement.js';
import { insertDeliveries } from './delivery-rows.js';
import { EVENT_COLUMNS, eventOf, IS_KNOWN } from './event-rows.js';

/** Events in one IN list, at most. */
const MAX_SEQS = 500;

/** The outbox: events that were written with their changes, leased to the process that delivers them. */
export class EventStore {
  constructor(private readonly database: SmsProDatabase) {}

  /** Records who subscribes to what, so that a process without a handler keeps its events for a process that has it. */
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

  /** The subscriptions that any process has registered since an instant. */
  async subscriptions(seenSince: number): Promise<Subscription[]> {
    return this.database.read(async (session) => {
      const rows = await session.all(
        'SELECT subscriber, event_name FROM sms_pro_subscriber WHERE account = ? AND seen_at >= ? ORDER BY subscriber',
        [this.database.account, seenSince],
      );
      return rows.flatMap((row) => {
        // A newer version may subscribe to events that this one does not know, and delivers them itself.
        const eventName = knownOrNull(row, 'event_name', SMS_PRO_EVENT_NAMES);
        return eventName === null ? [] : [{ subscriber: text(row, 'subscriber'), eventName }];
      });
    });
  }

  /**
   * Leases new events, oldest first; none whose key has an earlier one that another process has leased. An event of a
   * newer version, whose name is not known here, is left to a process that knows it, and blocks no other event.
   */
  async claimEvents(owner: string, now: number, leaseMs: number, limit: number): Promise<StoredEvent[]> {
    return this.database.transaction(async (unit) => {
      const locked = await unit.all(
        `SELECT e.event_seq, e.order_key FROM sms_pro_event e
         WHERE e.account = ? AND e.state = 'pending' AND ${IS_KNOWN('e')} AND (e.lease_until IS NULL OR e.lease_until <= ?)
           AND NOT EXISTS (SELECT 1 FROM sms_pro_event o WHERE o.order_key = e.order_key AND o.state = 'pending'
             AND o.event_seq < e.event_seq AND o.lease_until > ?)
         ORDER BY e.event_seq LIMIT ? ${unit.dialect.skipLocked}`,
        [unit.account, now, now, limit],
      );
      const seqs = await inOrderOfKey(unit, locked);
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

  /** Renews the leases of events and deliveries that are still worked on: a slow handler does not mean a dead process. */
  async renewLeases(owner: string, work: LeasedWork, leaseUntil: number): Promise<void> {
    await this.database.transaction(async (unit) => {
      for (let at = 0; at < work.events.length; at += MAX_SEQS) {
        const part = work.events.slice(at, at + MAX_SEQS);
        await unit.run(
          `UPDATE sms_pro_event SET lease_until = ? WHERE lease_owner = ? AND state = 'pending' AND event_seq IN (${marks(part.length)})`,
          [leaseUntil, owner, ...part],
        );
      }
      for (const { seq, subscriber } of work.deliveries) {
        await unit.run(
          'UPDATE sms_pro_delivery SET lease_until = ? WHERE lease_owner = ? AND event_seq = ? AND subscriber = ?',
          [leaseUntil, owner, seq, subscriber],
        );
      }
    });
  }

  /** Marks events as done, in one transaction. What a subscriber still has to get becomes a delivery of its own. */
  async finishEvents(finished: readonly FinishedEvent[], owner: string, now: number): Promise<void> {
    if (finished.length === 0) return;
    await this.database.transaction(async (unit) => {
      // Before the events are done, so that no later one of the same key can overtake them.
      await insertDeliveries(
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
}

/**
 * Of the locked rows, those whose key has no earlier pending one elsewhere. A row that another process has just locked
 * has no lease yet, so its lease alone would not show it.
 */
async function inOrderOfKey(session: SqlSession, locked: readonly SqlRow[]): Promise<number[]> {
  if (locked.length === 0) return [];
  const own = new Set(locked.map((row) => int(row, 'event_seq')));
  const keys = [...new Set(locked.map((row) => text(row, 'order_key')))];
  const pending = await session.all(
    `SELECT event_seq, order_key FROM sms_pro_event e WHERE state = 'pending' AND ${IS_KNOWN('e')}
       AND order_key IN (${marks(keys.length)}) ORDER BY event_seq`,
    keys,
  );
  const blocked = new Set<string>();
  const seqs: number[] = [];
  for (const row of pending) {
    const key = text(row, 'order_key');
    const seq = int(row, 'event_seq');
    if (!own.has(seq)) blocked.add(key);
    else if (!blocked.has(key)) seqs.push(seq);
  }
  return seqs;
}
