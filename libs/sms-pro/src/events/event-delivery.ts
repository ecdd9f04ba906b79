import { randomUUID } from 'node:crypto';
import { setTimeout as rest } from 'node:timers/promises';
import type { EventEmitter2 } from '@nestjs/event-emitter';
import type { Clock } from '../message/clock.js';
import { EVENT_PREFIX, type SmsProEvent } from '../message/sms-pro.events.js';
import { within } from '../message/within.js';
import { logFailed, safeErrorText, type SmsProLogger } from '../options/sms-pro.logger.js';
import { DeliveryLedger, LEASE_MS } from './delivery-ledger.js';
import type { EventOutbox, PendingDeliveries } from './event-outbox.js';
import { EventFanOut } from './event-fan-out.js';
import { SubscriberCalls, type CallRules } from './subscriber-calls.js';
import type { Subscriber } from './subscriber.js';

/** The numbers that delivery needs. */
export interface DeliveryRules extends CallRules {
  /** Handlers that run at the same time, at most. */
  readonly concurrency: number;
  /** Pause, in ms, before the next look while events keep coming: they are then taken together. @default 25 */
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
/** How often, in ms, a process registers its subscribers again. */
const HEARTBEAT_MS = 60 * MINUTE_MS;
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
 * EventEmitter2. Runs independently of sending and of the intake of reports, and blocks neither.
 */
export class EventDelivery {
  private readonly owner = randomUUID();
  private readonly calls: SubscriberCalls;
  private readonly ledger: DeliveryLedger;
  private readonly fanOut: EventFanOut;
  private readonly running = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | null = null;
  private delivering: Promise<void> | null = null;
  private again = false;
  /** The last look took as many events as may be leased, so more may be waiting. */
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
    this.fanOut = new EventFanOut({
      ...parts,
      calls: this.calls,
      ledger: this.ledger,
      isStarted: () => this.started,
      onError: (error) => this.notDelivered(error),
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
    if (this.delivering !== null) {
      this.again = true;
      return;
    }
    this.delivering = this.deliverDue().finally(() => {
      this.delivering = null;
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
    while (this.delivering !== null || this.running.size > 0 || this.ledger.currentWrite !== null) {
      await Promise.allSettled([this.delivering, ...this.running, this.ledger.currentWrite]);
    }
  }

  /** Delivers an event that is not stored: to each subscriber and to EventEmitter2 once, best effort. */
  async deliverUnstored(event: SmsProEvent): Promise<void> {
    await this.calls.deliverUnstored(event);
    this.emit(event);
  }

  private async deliverDue(): Promise<void> {
    let next: number | null = null;
    try {
      do {
        this.again = false;
        // In every round: under load this loop runs for long, and leases must not end meanwhile.
        await this.heartbeat();
        await this.ledger.renew();
        this.ledger.flush();
        next = await this.takeDue();
        if (this.again && this.started) await this.pause();
      } while (this.again && this.started);
    } catch (error) {
      logFailed(
        (text) => this.parts.logger.error(text),
        error,
        (why) => `Events could not be read: ${why}. Trying again within ${MAX_SLEEP_MS} ms.`,
      );
    }
    if (!this.started) return;
    const sleep =
      next === null ? MAX_SLEEP_MS : Math.max(MIN_SLEEP_MS, Math.min(next - this.parts.clock.now(), MAX_SLEEP_MS));
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => this.wake(), sleep);
  }

  /** Pauses, unless more events are known to wait. */
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
    // Usually there is none, and one read is cheaper than a claim, which is a transaction.
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
      const works = events.length > 0 ? await this.fanOut.deliver(events, slots) : [];
      for (const work of works) this.run(work);
    }
    this.isFull = room <= 0;
    return deliveries.length === 0 ? dueAt : pending.nextDeliveryAt(ids);
  }

  /** Best effort, for `@OnEvent`: a listener that throws is logged, and changes nothing. */
  private emit(event: SmsProEvent): void {
    const name = `${EVENT_PREFIX}${event.name}`;
    // An async function, since a listener that throws synchronously makes emitAsync itself throw.
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
    logFailed(
      (text) => this.parts.logger.error(text),
      error,
      (why) => `An event could not be delivered: ${why}. It is delivered again.`,
    );
  }
}
