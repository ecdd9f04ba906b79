import { ManualClock } from '../message/manual-clock.fixture.js';
import type {
  FinishedEvent,
  LeasedWork,
  ParkedFilter,
  PendingDelivery,
  StoredDelivery,
  StoredEvent,
  Subscription,
} from '../message/outbox-record.js';
import type { SmsProEventName } from '../message/sms-pro.events.js';
import type { DeliveryRequest, EventOutbox, ParkedEvents, PendingDeliveries } from './event-outbox.js';

interface Leased {
  leaseUntil: number;
}

type Delivery = PendingDelivery & Leased & { updatedAt: number };

/** The outbox in memory: what the store does by SQL, said in plain code, so that events are tested without it. */
export class TestOutbox implements EventOutbox, PendingDeliveries, ParkedEvents {
  readonly clock = new ManualClock();
  private readonly events: (StoredEvent & Leased & { done: boolean })[] = [];
  private deliveries: Delivery[] = [];
  private readonly subscribed: Subscription[] = [];

  /** Puts an event into the outbox. */
  recordEvent(name: SmsProEventName, phone: string, detail: object = {}): void {
    const seq = this.events.length + 1;
    this.events.push({
      seq,
      eventId: `event-${seq}`,
      name,
      account: 'default',
      occurredAt: this.clock.now(),
      orderKey: phone,
      messageId: 'message-1',
      packetId: null,
      phone,
      detail: JSON.stringify(detail),
      campaignId: null,
      reference: null,
      metadata: null,
      leaseUntil: 0,
      done: false,
    });
  }

  async register(subscriptions: readonly Subscription[]): Promise<void> {
    this.subscribed.push(...subscriptions);
  }

  async subscriptions(): Promise<Subscription[]> {
    return [...new Map(this.subscribed.map((one) => [`${one.subscriber} ${one.eventName}`, one])).values()];
  }

  async claimEvents(_owner: string, now: number, leaseMs: number, limit: number): Promise<StoredEvent[]> {
    const open = this.events.filter((event) => !event.done);
    const claimed = open
      .filter((event) => event.leaseUntil <= now)
      .filter((event) => !open.some((o) => o.orderKey === event.orderKey && o.seq < event.seq && o.leaseUntil > now))
      .slice(0, limit);
    for (const event of claimed) event.leaseUntil = now + leaseMs;
    return claimed;
  }

  async renewLeases(_owner: string, work: LeasedWork, leaseUntil: number): Promise<void> {
    for (const event of this.events) if (work.events.includes(event.seq)) event.leaseUntil = leaseUntil;
  }

  async blocked(orderKeys: readonly string[]): Promise<Set<string>> {
    const pending = this.deliveries.filter((one) => !one.parked && orderKeys.includes(one.orderKey));
    return new Set(pending.map((one) => `${one.subscriber}|${one.orderKey}`));
  }

  /** How often a finish fails before it succeeds. */
  failingFinishes = 0;

  async finishEvents(finished: readonly FinishedEvent[], _owner: string, now: number): Promise<void> {
    if (this.failingFinishes > 0) {
      this.failingFinishes -= 1;
      throw new Error('the connection was cut');
    }
    for (const { seq, pending } of finished) {
      for (const event of this.events) if (event.seq === seq) event.done = true;
      this.deliveries.push(...pending.map((one) => Object.assign({ leaseUntil: 0, updatedAt: now }, one)));
    }
  }

  async claimDeliveries({ subscribers, now, leaseMs, limit }: DeliveryRequest): Promise<StoredDelivery[]> {
    const pending = this.deliveries.filter((one) => !one.parked);
    const due = pending
      .filter((one) => subscribers.includes(one.subscriber) && one.dueAt <= now && one.leaseUntil <= now)
      .filter(
        (one) =>
          !pending.some((o) => o.subscriber === one.subscriber && o.orderKey === one.orderKey && o.seq < one.seq),
      )
      .slice(0, limit);
    for (const one of due) one.leaseUntil = now + leaseMs;
    return due.map((one) => ({ event: this.event(one.seq), subscriber: one.subscriber, attempts: one.attempts }));
  }

  async finishDelivery(seq: number, subscriber: string): Promise<void> {
    this.deliveries = this.deliveries.filter((one) => one.seq !== seq || one.subscriber !== subscriber);
  }

  async keepDelivery(delivery: PendingDelivery, _owner: string, now: number): Promise<void> {
    await this.finishDelivery(delivery.seq, delivery.subscriber);
    this.deliveries.push({ ...delivery, leaseUntil: 0, updatedAt: now });
  }

  async nextDeliveryAt(): Promise<number | null> {
    const due = this.deliveries.filter((one) => !one.parked).map((one) => one.dueAt);
    return due.length > 0 ? Math.min(...due) : null;
  }

  async parked({ eventIds }: ParkedFilter, limit: number) {
    return this.deliveries
      .filter((one) => one.parked && (eventIds?.includes(this.event(one.seq).eventId) ?? true))
      .slice(0, limit)
      .map((one) => {
        const { eventId, name, occurredAt } = this.event(one.seq);
        return {
          eventId,
          name,
          occurredAt,
          subscriber: one.subscriber,
          attempts: one.attempts,
          lastError: one.lastError,
          parkedAt: one.updatedAt,
        };
      });
  }

  async countParked(): Promise<number> {
    return this.deliveries.filter((one) => one.parked).length;
  }

  async replay({ eventIds }: ParkedFilter, now: number): Promise<number> {
    const meant = this.deliveries.filter(
      (one) => one.parked && (eventIds?.includes(this.event(one.seq).eventId) ?? true),
    );
    this.deliveries = this.deliveries.filter((one) => !meant.includes(one));
    this.deliveries.push(...meant.map((one) => Object.assign({}, one, { parked: false, attempts: 0, dueAt: now })));
    return meant.length;
  }

  private event(seq: number): StoredEvent {
    const found = this.events.find((event) => event.seq === seq);
    if (found === undefined) throw new Error('A delivery has no event.');
    return found;
  }
}
