import type { Clock } from '../message/clock.js';
import type { StoredEvent, Subscription } from '../message/outbox-record.js';
import type { DeliveryLedger } from './delivery-ledger.js';
import type { EventOutbox, PendingDeliveries } from './event-outbox.js';
import { eventPayload } from './event-payload.js';
import type { SubscriberCalls } from './subscriber-calls.js';

/** For how long, in ms, events are kept for a subscriber that no process has registered again. */
const MAX_SUBSCRIBER_AGE_MS = 7 * 24 * 60 * 60_000;

/** What a fan-out works with. */
export interface FanOutParts {
  readonly outbox: Pick<EventOutbox, 'subscriptions'>;
  readonly deliveries: Pick<PendingDeliveries, 'blocked'>;
  readonly calls: SubscriberCalls;
  readonly ledger: DeliveryLedger;
  readonly clock: Clock;
  /** Whether events are still delivered; those that are left after a stop are given back. */
  readonly isStarted: () => boolean;
  readonly onError: (error: unknown) => void;
}

/** Delivers new events: those of one order key one after another, different keys in parallel. */
export class EventFanOut {
  constructor(private readonly parts: FanOutParts) {}

  /** Takes the events into the ledger and begins to deliver them in up to `slots` works, which are returned. */
  async deliver(events: readonly StoredEvent[], slots: number): Promise<Promise<void>[]> {
    const { outbox, deliveries, ledger, clock } = this.parts;
    const seenSince = clock.now() - MAX_SUBSCRIBER_AGE_MS;
    const ofKey = new Map<string, StoredEvent[]>();
    for (const event of events) {
      const sameKey = ofKey.get(event.orderKey);
      if (sameKey === undefined) ofKey.set(event.orderKey, [event]);
      else sameKey.push(event);
    }
    const [subscriptions, blocked] = await Promise.all([
      outbox.subscriptions(seenSince),
      deliveries.blocked([...ofKey.keys()]),
    ]);
    // Only now: if a read above failed, nothing would remove them from the ledger.
    ledger.take(events);
    const waiting = [...ofKey.values()].values();
    return Array.from({ length: Math.min(slots, ofKey.size) }, () => this.deliverKeys(waiting, subscriptions, blocked));
  }

  /** One slot: takes key after key from the list that all slots share. */
  private async deliverKeys(
    waiting: Iterable<readonly StoredEvent[]>,
    subscriptions: readonly Subscription[],
    blocked: Set<string>,
  ): Promise<void> {
    for (const events of waiting) {
      if (this.parts.isStarted()) await this.deliverKey(events, subscriptions, blocked);
      else this.parts.ledger.giveBack(events);
    }
  }

  private async deliverKey(
    events: readonly StoredEvent[],
    subscriptions: readonly Subscription[],
    blocked: Set<string>,
  ): Promise<void> {
    const { calls, ledger, onError } = this.parts;
    try {
      for (const event of events) {
        const payload = eventPayload(event);
        const pending = await calls.deliver(event, payload, subscriptions, blocked);
        ledger.finish({ seq: event.seq, pending, payload });
      }
    } catch (error) {
      ledger.forget(events);
      onError(error);
    }
  }
}
