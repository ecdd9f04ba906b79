import { backOffMs } from '../message/back-off.js';
import type { Clock } from '../message/clock.js';
import type { PendingDelivery, StoredDelivery, StoredEvent, Subscription } from '../message/outbox-record.js';
import { maskPhonesIn } from '../message/phone.js';
import type { SmsProEvent } from '../message/sms-pro.events.js';
import type { SmsProLogger } from '../options/sms-pro.logger.js';
import type { PendingDeliveries } from './event-outbox.js';
import { eventPayload } from './event-payload.js';
import type { Subscriber } from './subscriber.js';

/** The numbers that calls need. */
export interface CallRules {
  readonly maxAttempts: number;
  readonly retryDelayMs: number;
}

/** What calls work with. */
export interface CallParts {
  readonly owner: string;
  readonly deliveries: Pick<PendingDeliveries, 'finishDelivery' | 'keepDelivery'>;
  readonly clock: Clock;
  readonly logger: SmsProLogger;
}

/** The longest delay, in ms, between two calls of a subscriber that fails. */
const MAX_RETRY_DELAY_MS = 5 * 60_000;

/** How much of an error's text is stored, in characters. */
const MAX_ERROR_LENGTH = 500;

/** Calls the durable subscribers of this process, and decides which deliveries remain after calls that failed. */
export class SubscriberCalls {
  private subscribers: readonly Subscriber[] = [];

  constructor(
    private readonly rules: CallRules,
    private readonly parts: CallParts,
  ) {}

  /** From now on these subscribers are called. */
  use(subscribers: readonly Subscriber[]): void {
    this.subscribers = subscribers;
  }

  /** The ids of the subscribers, each once. */
  get ids(): readonly string[] {
    return [...new Set(this.subscribers.map(({ id }) => id))];
  }

  /** Each subscriber with each event that it subscribes to. */
  get subscriptions(): readonly Subscription[] {
    return this.subscribers.map(({ id, eventName }) => ({ subscriber: id, eventName }));
  }

  /**
   * Calls every subscriber of a new event once. Returns the deliveries that remain after that. A subscriber with such a
   * delivery is added to `blocked`, as `id|order key`: it must not get later events of that key first.
   */
  async deliver(
    event: StoredEvent,
    payload: SmsProEvent,
    subscriptions: readonly Subscription[],
    blocked: Set<string>,
  ): Promise<PendingDelivery[]> {
    const pending: PendingDelivery[] = [];
    for (const { subscriber: id, eventName } of subscriptions) {
      if (eventName !== event.name) continue;
      const key = `${id}|${event.orderKey}`;
      const remaining = await this.deliverFirst(event, payload, id, blocked.has(key));
      if (remaining === null) continue;
      // Later events of this recipient wait for it.
      if (!remaining.parked) blocked.add(key);
      pending.push(remaining);
    }
    return pending;
  }

  /** Calls one subscriber again with an event on which it failed, or for which it had to wait. */
  async deliverAgain({ event, subscriber: id, attempts }: StoredDelivery): Promise<void> {
    const { deliveries, owner, clock } = this.parts;
    const subscriber = this.find(event, id);
    if (subscriber === undefined) {
      // The method still exists, but no longer subscribes to this event, which must not block those that it gets.
      const delivery = this.remaining(event, id, attempts, 'this method no longer subscribes to this event');
      return deliveries.keepDelivery({ ...delivery, parked: true }, owner, clock.now());
    }
    const error = await call(subscriber, eventPayload(event));
    if (error === null) return deliveries.finishDelivery(event.seq, id, owner);
    await deliveries.keepDelivery(this.failed(event, id, attempts + 1, error), owner, clock.now());
  }

  /** Calls each subscriber of an event that is not stored, once. */
  async deliverUnstored(event: SmsProEvent): Promise<void> {
    for (const subscriber of this.subscribers) {
      if (subscriber.eventName !== event.name) continue;
      const error = await call(subscriber, event);
      if (error !== null) this.parts.logger.warn(`${subscriber.id} failed on ${event.name}: ${error}`);
    }
  }

  /** Calls one subscriber of a new event. Returns the delivery that remains if the call fails or must wait. */
  private async deliverFirst(
    event: StoredEvent,
    payload: SmsProEvent,
    id: string,
    isBlocked: boolean,
  ): Promise<PendingDelivery | null> {
    const subscriber = this.find(event, id);
    if (subscriber === undefined || isBlocked) return this.remaining(event, id, 0, null);
    const error = await call(subscriber, payload);
    return error === null ? null : this.failed(event, id, 1, error);
  }

  private find(event: StoredEvent, id: string): Subscriber | undefined {
    return this.subscribers.find((one) => one.id === id && one.eventName === event.name);
  }

  private failed(event: StoredEvent, id: string, attempts: number, error: string): PendingDelivery {
    const parked = attempts >= this.rules.maxAttempts;
    const what = parked ? 'It is parked: fix the handler, then SmsProEvents.replay()' : 'It is tried again';
    this.parts.logger.warn(`${id} failed on ${event.name} ${event.eventId} (call ${attempts}): ${error}. ${what}.`);
    return { ...this.remaining(event, id, attempts, error), parked };
  }

  private remaining(event: StoredEvent, id: string, attempts: number, error: string | null): PendingDelivery {
    const delay = attempts === 0 ? 0 : backOffMs(this.rules.retryDelayMs, attempts - 1, MAX_RETRY_DELAY_MS);
    return {
      seq: event.seq,
      subscriber: id,
      orderKey: event.orderKey,
      attempts,
      dueAt: this.parts.clock.now() + delay,
      parked: false,
      lastError: error,
    };
  }
}

/** Calls a subscriber. Returns the text of its error, or `null`; phones in the text are masked. */
async function call(subscriber: Subscriber, event: SmsProEvent): Promise<string | null> {
  try {
    await subscriber.call(event);
    return null;
  } catch (error) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : 'a value that is not an Error was thrown';
    return maskPhonesIn(text).slice(0, MAX_ERROR_LENGTH);
  }
}
