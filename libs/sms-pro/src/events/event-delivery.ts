import { randomUUID } from 'node:crypto';
import { setTimeout as rest } from 'node:timers/promises';
import type { EventEmitter2 } from '@nestjs/event-emitter';
import type { Clock } from '../message/clock.js';
import { maskPhonesIn } from '../message/phone.js';
import type { PendingDelivery, StoredDelivery, StoredEvent, Subscription } from '../message/outbox-record.js';
import { EVENT_PREFIX, type SmsProEvent } from '../message/sms-pro.events.js';
import { safeErrorText, type SmsProLogger } from '../options/sms-pro.logger.js';
import { DeliveryLedger, LEASE_MS } from './delivery-ledger.js';
import type { EventOutbox } from './event-outbox.js';
import { eventPayload } from './event-payload.js';
import type { Subscriber } from './subscriber.js';

/** The numbers delivery needs. */
export interface DeliveryRules {
  readonly concurrency: number;
  readonly maxAttempts: number;
  readonly retryDelayMs: number;
}

const MINUTE_MS = 60_000;
const LONGEST_RETRY_MS = 5 * MINUTE_MS;
/** How often, in ms, a process says that its subscribers live. */
const HEARTBEAT_MS = 60 * MINUTE_MS;
/** How long, in ms, events wait for a subscriber that no process has any more. */
const SUBSCRIBER_AGE_MS = 7 * 24 * 60 * MINUTE_MS;
/** Longest sleep, in ms, between two looks: a wake is only a hint. */
const LONGEST_SLEEP_MS = 1_000;
/** Rest, in ms, before the next look while something happens: what happens meanwhile is taken together. */
const LEAST_DISTANCE_MS = 25;
/** The same while this process has its hands full. */
const FULL_DISTANCE_MS = 5;
/** Shortest sleep, in ms, between two looks. */
const SHORTEST_SLEEP_MS = 25;
/** Most events in hand, for each handler that may run: what is taken, and what is delivered and not yet written so. */
const EVENTS_PER_SLOT = 32;
/** Longest error text that is kept. */
const ERROR_LENGTH = 500;

/**
 * Delivers events after commit: to each durable subscriber at least once, in order for a recipient, then once on
 * EventEmitter2. Runs beside sending and intake, and holds up neither.
 */
export class EventDelivery {
  private readonly owner = randomUUID();
  private subscribers: readonly Subscriber[] = [];
  private readonly running = new Set<Promise<void>>();
  private readonly ledger: DeliveryLedger;
  private timer: NodeJS.Timeout | null = null;
  private pumping: Promise<void> | null = null;
  private again = false;
  /** The last look took as many as may be in hand, so that more are waiting. */
  private isMore = false;
  /** No more events may be in hand: looked again as soon as some are written as delivered. */
  private isFull = false;
  private started = false;
  private registeredAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly rules: DeliveryRules,
    private readonly outbox: EventOutbox,
    private readonly emitter: EventEmitter2,
    private readonly clock: Clock,
    private readonly logger: SmsProLogger,
    private readonly restMs = LEAST_DISTANCE_MS,
  ) {
    this.ledger = new DeliveryLedger(this.owner, outbox, clock, logger, (payloads) => {
      for (const payload of payloads) this.emit(payload);
      if (this.isFull) this.wake();
    });
  }

  /** Begins to deliver to these subscribers. */
  start(subscribers: readonly Subscriber[]): void {
    this.subscribers = subscribers;
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
    let limit: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => {
      limit = setTimeout(resolve, limitMs);
    });
    await Promise.race([this.idle(), over]);
    clearTimeout(limit);
    this.ledger.flush();
    await this.ledger.underWay;
    await this.ledger.release();
  }

  /** Resolves when nothing is being delivered. */
  async idle(): Promise<void> {
    while (this.pumping !== null || this.running.size > 0 || this.ledger.underWay !== null) {
      await Promise.allSettled([this.pumping, ...this.running, this.ledger.underWay]);
    }
  }

  /** Tells an event that is not stored: to each subscriber and to EventEmitter2 once, at best. */
  async tellNow(event: SmsProEvent): Promise<void> {
    for (const subscriber of this.subscribers) {
      if (subscriber.eventName !== event.name) continue;
      const error = await this.call(subscriber, event);
      if (error !== null) this.logger.warn(`${subscriber.id} failed on ${event.name}: ${error}`);
    }
    this.emit(event);
  }

  private async pump(): Promise<void> {
    let next: number | null = null;
    try {
      do {
        this.again = false;
        // Also while much happens and this loop does not end: a lease in hand never does.
        await this.heartbeat();
        await this.ledger.renew();
        this.ledger.flush();
        next = await this.takeDue();
        if (this.again && this.started) await this.restABit();
      } while (this.again && this.started);
    } catch (error) {
      this.logger.error(
        `Events could not be read: ${safeErrorText(error)}. Tried again within ${LONGEST_SLEEP_MS} ms.`,
      );
    }
    if (!this.started) return;
    const sleep =
      next === null
        ? LONGEST_SLEEP_MS
        : Math.max(SHORTEST_SLEEP_MS, Math.min(next - this.clock.now(), LONGEST_SLEEP_MS));
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => this.wake(), sleep);
  }

  /** Not at all where more is known to wait. */
  private async restABit(): Promise<void> {
    if (this.isMore || this.restMs === 0) return;
    await rest(this.isFull ? FULL_DISTANCE_MS : this.restMs);
  }

  private async heartbeat(): Promise<void> {
    const now = this.clock.now();
    if (now - this.registeredAt < HEARTBEAT_MS) return;
    await this.outbox.register(
      this.subscribers.map(({ id, eventName }) => ({ subscriber: id, eventName })),
      now,
    );
    this.registeredAt = now;
  }

  /** Takes what is due into the free slots. Returns when the next delivery is due. */
  private async takeDue(): Promise<number | null> {
    const free = this.rules.concurrency - this.running.size;
    if (free <= 0 || !this.started) return null;
    const now = this.clock.now();
    const ids = [...new Set(this.subscribers.map(({ id }) => id))];
    // Mostly there is none: one read tells, where a claim is a transaction.
    const dueAt = await this.outbox.nextDeliveryAt(ids);
    const deliveries =
      dueAt === null || dueAt > now ? [] : await this.outbox.claimDeliveries(this.owner, ids, now, LEASE_MS, free);
    for (const delivery of deliveries) this.begin(this.ledger.during(delivery, this.deliverAgain(delivery)));
    const slots = free - deliveries.length;
    const room = this.rules.concurrency * EVENTS_PER_SLOT - this.ledger.size;
    this.isMore = false;
    if (slots > 0 && room > 0) {
      const claimed = await this.outbox.claimEvents(this.owner, now, LEASE_MS, room);
      this.isMore = claimed.length >= room;
      const events = claimed.filter((event) => !this.ledger.has(event));
      if (events.length > 0) await this.fanOut(events, slots);
    }
    this.isFull = room <= 0;
    return deliveries.length === 0 ? dueAt : this.outbox.nextDeliveryAt(ids);
  }

  /** Delivers new events: those of one key one after another, the keys side by side. */
  private async fanOut(events: readonly StoredEvent[], slots: number): Promise<void> {
    const seenSince = this.clock.now() - SUBSCRIBER_AGE_MS;
    const ofKey = new Map<string, StoredEvent[]>();
    for (const event of events) {
      const sameKey = ofKey.get(event.orderKey);
      if (sameKey === undefined) ofKey.set(event.orderKey, [event]);
      else sameKey.push(event);
    }
    const [subscriptions, blocked] = await Promise.all([
      this.outbox.subscriptions(seenSince),
      this.outbox.blocked([...ofKey.keys()]),
    ]);
    // In hand only now: had a read above failed, nobody would ever let go of them.
    this.ledger.take(events);
    const waiting = [...ofKey.values()].values();
    const runners = Math.min(slots, ofKey.size);
    for (let at = 0; at < runners; at += 1) this.begin(this.deliverKeys(waiting, subscriptions, blocked));
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
        const pending = await this.deliverTo(subscriptions, event, payload, blocked);
        this.ledger.finish({ seq: event.seq, pending, payload });
      }
    } catch (error) {
      this.ledger.letGo(events);
      this.logger.error(`An event could not be settled: ${safeErrorText(error)}. It is delivered again.`);
    }
  }

  /** Calls every subscriber of an event once; what is owed after that. */
  private async deliverTo(
    subscriptions: readonly Subscription[],
    event: StoredEvent,
    payload: SmsProEvent,
    blocked: Set<string>,
  ): Promise<PendingDelivery[]> {
    const pending: PendingDelivery[] = [];
    for (const { subscriber: id, eventName } of subscriptions) {
      if (eventName !== event.name) continue;
      const failure = await this.deliverFirst(event, payload, id, blocked);
      if (failure === null) continue;
      // Later events of this recipient wait for it.
      if (!failure.parked) blocked.add(`${id}|${event.orderKey}`);
      pending.push(failure);
    }
    return pending;
  }

  /** The first call of one subscriber, or why it must come later. */
  private async deliverFirst(
    event: StoredEvent,
    payload: SmsProEvent,
    id: string,
    blocked: ReadonlySet<string>,
  ): Promise<PendingDelivery | null> {
    const subscriber = this.subscribers.find((one) => one.id === id && one.eventName === event.name);
    if (subscriber === undefined || blocked.has(`${id}|${event.orderKey}`)) {
      return this.pendingDelivery(event, id, 0, null);
    }
    const error = await this.call(subscriber, payload);
    return error === null ? null : this.failed(event, id, 1, error);
  }

  private async deliverAgain({ event, subscriber: id, attempts }: StoredDelivery): Promise<void> {
    const subscriber = this.subscribers.find((one) => one.id === id && one.eventName === event.name);
    if (subscriber === undefined) {
      // The method is still there, and no longer hears this event: it must not hold up what it does hear.
      const parked = {
        ...this.pendingDelivery(event, id, attempts, 'this method no longer hears this event'),
        parked: true,
      };
      return this.outbox.keepDelivery(parked, this.owner, this.clock.now());
    }
    const error = await this.call(subscriber, eventPayload(event));
    if (error === null) return this.outbox.finishDelivery(event.seq, id, this.owner);
    await this.outbox.keepDelivery(this.failed(event, id, attempts + 1, error), this.owner, this.clock.now());
  }

  private failed(event: StoredEvent, id: string, attempts: number, error: string): PendingDelivery {
    const parked = attempts >= this.rules.maxAttempts;
    const what = parked ? 'It is parked: mend the handler, then SmsProEvents.replay()' : 'It is tried again';
    this.logger.warn(`${id} failed on ${event.name} ${event.eventId} (call ${attempts}): ${error}. ${what}.`);
    return { ...this.pendingDelivery(event, id, attempts, error), parked };
  }

  private pendingDelivery(event: StoredEvent, id: string, attempts: number, error: string | null): PendingDelivery {
    const delay = attempts === 0 ? 0 : Math.min(this.rules.retryDelayMs * 2 ** (attempts - 1), LONGEST_RETRY_MS);
    return {
      seq: event.seq,
      subscriber: id,
      orderKey: event.orderKey,
      attempts,
      dueAt: this.clock.now() + delay,
      parked: false,
      lastError: error,
    };
  }

  /** The error in safe words, or `null`. A handler's own message may quote a phone: it is masked. */
  private async call(subscriber: Subscriber, event: SmsProEvent): Promise<string | null> {
    try {
      await subscriber.call(event);
      return null;
    } catch (error) {
      const text = error instanceof Error ? `${error.name}: ${error.message}` : 'a value that is no Error was thrown';
      return maskPhonesIn(text).slice(0, ERROR_LENGTH);
    }
  }

  /** Best effort, for `@OnEvent`: a listener that throws is logged and changes nothing. */
  private emit(event: SmsProEvent): void {
    const name = `${EVENT_PREFIX}${event.name}`;
    // A listener that throws at once throws out of emitAsync itself, not out of its promise.
    const emitted = (async () => this.emitter.emitAsync(name, event))();
    emitted.catch((error: unknown) => {
      this.logger.warn(`A listener of ${name} failed: ${safeErrorText(error)}.`);
    });
  }

  private begin(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        this.logger.error(`An event could not be settled: ${safeErrorText(error)}. It is delivered again.`);
      })
      .finally(() => {
        this.running.delete(tracked);
        this.wake();
      });
    this.running.add(tracked);
  }
}
