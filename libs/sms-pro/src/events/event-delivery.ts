import { randomUUID } from 'node:crypto';
import { setTimeout as rest } from 'node:timers/promises';
import type { EventEmitter2 } from '@nestjs/event-emitter';
import type { Clock } from '../message/clock.js';
import type { StoredEvent, Subscription } from '../message/outbox-record.js';
import { EVENT_PREFIX, type SmsProEvent } from '../message/sms-pro.events.js';
import { within } from '../message/within.js';
import { safeErrorText, type SmsProLogger } from '../options/sms-pro.logger.js';
import { DeliveryLedger, LEASE_MS } from './delivery-ledger.js';
import type { EventOutbox, PendingDeliveries } from './event-outbox.js';
import { eventPayload } from './event-payload.js';
import { SubscriberCalls, type CallRules } from './subscriber-calls.js';
import type { Subscriber } from './subscriber.js';

/** The numbers that delivery needs. */
export interface DeliveryRules extends CallRules {
  /** Handlers that run at once, at most. */
  readonly concurrency: number;
  /** Pause, in ms, before the next look while events come: they are then taken together. @default 25 */
  readonly pauseMs?: number;
}

/** What delivery works with. */
export interface DeliveryParts {
  readonly outbox: EventOutbox;
  readonly deliveries: PendingDeliveries;
  readonly emitter: EventEmitter2;
  readonly clock: Clock;
  readonly logger: SmsProLogger;
}

const MINUTE_MS = 60_000;
/** How often, in ms, a process says that its subscribers are there. */
const HEARTBEAT_MS = 60 * MINUTE_MS;
/** For how long, in ms, events wait for a subscriber that no process has any more. */
const MAX_SUBSCRIBER_AGE_MS = 7 * 24 * 60 * MINUTE_MS;
/** The longest sleep, in ms, between two looks: a wake is only a hint. */
const MAX_SLEEP_MS = 1_000;
/** The shortest sleep, in ms, between two looks. */
const MIN_SLEEP_MS = 25;
const DEFAULT_PAUSE_MS = 25;
/** The same pause while this process has leased as many events as it may. */
const FULL_PAUSE_MS = 5;
/** Events leased for each handler that may run, at most: those that wait, and those not yet marked as delivered. */
const EVENTS_PER_SLOT = 32;

/**
 * Delivers events after commit: to each durable subscriber at least once, in order for a recipient, then once on
 * EventEmitter2. Runs beside sending and intake, and blocks neither.
 */
export class EventDelivery {
  private readonly owner = randomUUID();
  private readonly calls: SubscriberCalls;
  private readonly ledger: DeliveryLedger;
  private readonly running = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | null = null;
  private pumping: Promise<void> | null = null;
  private again = false;
  /** The last look took as many events as may be leased, so more are waiting. */
  private isMore = false;
  /** No more events may be leased: the next look comes as soon as some are marked as delivered. */
  private isFull = false;
  private started = false;
  private registeredAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly rules: DeliveryRules,
    private readonly parts: DeliveryParts,
  ) {
    const { owner } = this;
    this.calls = new SubscriberCalls(rules, { ...parts, owner });
    this.ledger = new DeliveryLedger({ ...parts, owner }, (payloads) => {
      for (const payload of payloads) this.emit(payload);
      if (this.isFull) this.wake();
    });
  }

  /** Begins to deliver to these subscribers. */
  start(subscribers: readonly Subscriber[]): void {
    this.calls.use(subscribers);
    this.started = true;
    this.wake();
  }

  /** Looks at once whether there is something to deliver. A hint; never throws. */
  wake(): void {
    if (!this.started) return;
    if (this.pumping !== null) {
      this.again = true;
      return;
    }
    this.pumping = this.pump().finally(() => {
      this.pumping = null;
      if (this.again) this.wake();
    });
  }

  /** Takes nothing more, and waits up to `limitMs` for the handlers that run. */
  async stop(limitMs: number): Promise<void> {
    this.started = false;
    if (this.timer !== null) clearTimeout(this.timer);
    await within(limitMs, this.idle());
    this.ledger.flush();
    await this.ledger.currentWrite;
    await this.ledger.release();
  }

  /** Resolves when nothing is being delivered. */
  async idle(): Promise<void> {
    while (this.pumping !== null || this.running.size > 0 || this.ledger.currentWrite !== null) {
      await Promise.allSettled([this.pumping, ...this.running, this.ledger.currentWrite]);
    }
  }

  /** Delivers an event that is not stored: to each subscriber and to EventEmitter2 once, best effort. */
  async deliverUnstored(event: SmsProEvent): Promise<void> {
    await this.calls.deliverUnstored(event);
    this.emit(event);
  }

  private async pump(): Promise<void> {
    let next: number | null = null;
    try {
      do {
        this.again = false;
        // In every round, since under load this loop goes on for long: leases must not end meanwhile.
        await this.heartbeat();
        await this.ledger.renew();
        this.ledger.flush();
        next = await this.takeDue();
        if (this.again && this.started) await this.pause();
      } while (this.again && this.started);
    } catch (error) {
      this.parts.logger.error(
        `Events could not be read: ${safeErrorText(error)}. Tried again within ${MAX_SLEEP_MS} ms.`,
      );
    }
    if (!this.started) return;
    const sleep =
      next === null ? MAX_SLEEP_MS : Math.max(MIN_SLEEP_MS, Math.min(next - this.parts.clock.now(), MAX_SLEEP_MS));
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => this.wake(), sleep);
  }

  /** No pause where more events are known to wait. */
  private async pause(): Promise<void> {
    const { pauseMs = DEFAULT_PAUSE_MS } = this.rules;
    if (this.isMore || pauseMs === 0) return;
    await rest(this.isFull ? FULL_PAUSE_MS : pauseMs);
  }

  private async heartbeat(): Promise<void> {
    const now = this.parts.clock.now();
    if (now - this.registeredAt < HEARTBEAT_MS) return;
    await this.parts.outbox.register(this.calls.subscriptions, now);
    this.registeredAt = now;
  }

  /** Takes what is due into the free slots. Returns when the next delivery is due. */
  private async takeDue(): Promise<number | null> {
    const free = this.rules.concurrency - this.running.size;
    if (free <= 0 || !this.started) return null;
    const { outbox, deliveries: pending, clock } = this.parts;
    const now = clock.now();
    const { ids } = this.calls;
    // Mostly there is none, and one read is cheaper than a claim, which is a transaction.
    const dueAt = await pending.nextDeliveryAt(ids);
    const request = { owner: this.owner, subscribers: ids, now, leaseMs: LEASE_MS, limit: free };
    const deliveries = dueAt === null || dueAt > now ? [] : await pending.claimDeliveries(request);
    for (const delivery of deliveries) this.run(this.ledger.during(delivery, this.calls.deliverAgain(delivery)));
    const slots = free - deliveries.length;
    const room = this.rules.concurrency * EVENTS_PER_SLOT - this.ledger.size;
    this.isMore = false;
    if (slots > 0 && room > 0) {
      const claimed = await outbox.claimEvents(this.owner, now, LEASE_MS, room);
      this.isMore = claimed.length >= room;
      const events = claimed.filter((event) => !this.ledger.has(event));
      if (events.length > 0) await this.fanOut(events, slots);
    }
    this.isFull = room <= 0;
    return deliveries.length === 0 ? dueAt : pending.nextDeliveryAt(ids);
  }

  /** Delivers new events: those of one key one after another, different keys side by side. */
  private async fanOut(events: readonly StoredEvent[], slots: number): Promise<void> {
    const seenSince = this.parts.clock.now() - MAX_SUBSCRIBER_AGE_MS;
    const ofKey = new Map<string, StoredEvent[]>();
    for (const event of events) {
      const sameKey = ofKey.get(event.orderKey);
      if (sameKey === undefined) ofKey.set(event.orderKey, [event]);
      else sameKey.push(event);
    }
    const [subscriptions, blocked] = await Promise.all([
      this.parts.outbox.subscriptions(seenSince),
      this.parts.deliveries.blocked([...ofKey.keys()]),
    ]);
    // Only now, since nothing would remove them from the ledger if a read above failed.
    this.ledger.take(events);
    const waiting = [...ofKey.values()].values();
    const runners = Math.min(slots, ofKey.size);
    for (let at = 0; at < runners; at += 1) this.run(this.deliverKeys(waiting, subscriptions, blocked));
  }

  /** One slot: takes key after key from the list that all slots share. */
  private async deliverKeys(
    waiting: Iterable<readonly StoredEvent[]>,
    subscriptions: readonly Subscription[],
    blocked: Set<string>,
  ): Promise<void> {
    for (const events of waiting) {
      if (this.started) await this.deliverKey(events, subscriptions, blocked);
      else this.ledger.giveBack(events);
    }
  }

  private async deliverKey(
    events: readonly StoredEvent[],
    subscriptions: readonly Subscription[],
    blocked: Set<string>,
  ): Promise<void> {
    try {
      for (const event of events) {
        const payload = eventPayload(event);
        const pending = await this.calls.deliver(event, payload, subscriptions, blocked);
        this.ledger.finish({ seq: event.seq, pending, payload });
      }
    } catch (error) {
      this.ledger.forget(events);
      this.notDelivered(error);
    }
  }

  /** Best effort, for `@OnEvent`: a listener that throws is logged, and changes nothing. */
  private emit(event: SmsProEvent): void {
    const name = `${EVENT_PREFIX}${event.name}`;
    // A listener that throws synchronously throws out of emitAsync itself, not out of its promise.
    const emitted = (async () => this.parts.emitter.emitAsync(name, event))();
    emitted.catch((error: unknown) => {
      this.parts.logger.warn(`A listener of ${name} failed: ${safeErrorText(error)}.`);
    });
  }

  private run(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => this.notDelivered(error))
      .finally(() => {
        this.running.delete(tracked);
        this.wake();
      });
    this.running.add(tracked);
  }

  private notDelivered(error: unknown): void {
    this.parts.logger.error(`An event could not be delivered: ${safeErrorText(error)}. It is delivered again.`);
  }
}
