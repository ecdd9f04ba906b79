import type { Clock } from '../message/clock.js';
import type { FinishedEvent, StoredDelivery, StoredEvent } from '../message/outbox-record.js';
import type { SmsProEvent } from '../message/sms-pro.events.js';
import { logFailed, type SmsProLogger } from '../options/sms-pro.logger.js';
import type { EventOutbox } from './event-outbox.js';

/**
 * For how long, in ms, an event is leased to the process that took it. The lease is renewed while the event is worked on;
 * the events of a dead process wait this long.
 */
export const LEASE_MS = 30_000;

/** How often, in ms, the leases are renewed. */
const RENEW_MS = 10_000;

/** An event whose handlers were called. */
export type CalledEvent = FinishedEvent & { readonly payload: SmsProEvent };

/** What a ledger works with. */
export interface LedgerParts {
  readonly owner: string;
  readonly outbox: Pick<EventOutbox, 'finishEvents' | 'renewLeases'>;
  readonly clock: Clock;
  readonly logger: SmsProLogger;
}

/** The events that this process has leased: they wait, are being delivered, or are delivered and not yet marked as done. */
export class DeliveryLedger {
  private readonly called: CalledEvent[] = [];
  private readonly events = new Set<number>();
  private readonly givenBack: number[] = [];
  private readonly deliveries = new Set<StoredDelivery>();
  private writing: Promise<void> | null = null;
  private renewedAt = Number.NEGATIVE_INFINITY;

  /** @param onDone called with the events that were just marked as done */
  constructor(
    private readonly parts: LedgerParts,
    private readonly onDone: (payloads: readonly SmsProEvent[]) => void,
  ) {}

  /** The write that is running, or `null`. */
  get currentWrite(): Promise<void> | null {
    return this.writing;
  }

  /** How many events are leased. */
  get size(): number {
    return this.events.size;
  }

  /** Whether this process has already leased an event: it must not take it a second time. */
  has({ seq }: StoredEvent): boolean {
    return this.events.has(seq);
  }

  /** Adds events that were just leased. */
  take(events: readonly StoredEvent[]): void {
    // New leases need no renewal yet.
    if (this.events.size === 0) this.renewedAt = this.parts.clock.now();
    for (const { seq } of events) this.events.add(seq);
  }

  /** Removes events that could not be delivered: their leases end, and they are delivered again. */
  forget(events: readonly StoredEvent[]): void {
    const called = new Set(this.called.map(({ seq }) => seq));
    for (const { seq } of events) if (!called.has(seq)) this.events.delete(seq);
  }

  /** Removes events that this process has no time for any more; `release` lets others take them. */
  giveBack(events: readonly StoredEvent[]): void {
    this.forget(events);
    for (const { seq } of events) this.givenBack.push(seq);
  }

  /** Ends the leases of the events that were given back, so that another process can take them at once. */
  async release(): Promise<void> {
    const events = this.givenBack.splice(0);
    if (events.length === 0) return;
    const { outbox, owner, clock, logger } = this.parts;
    try {
      await outbox.renewLeases(owner, { events, deliveries: [] }, clock.now());
    } catch (error) {
      logFailed(
        (text) => logger.warn(text),
        error,
        (why) => `Events could not be given back: ${why}. They are taken over when their leases end.`,
      );
    }
  }

  /** Keeps a delivery leased for as long as the work on it takes. */
  async during(delivery: StoredDelivery, work: Promise<void>): Promise<void> {
    this.deliveries.add(delivery);
    await work.finally(() => this.deliveries.delete(delivery));
  }

  /** The handlers of an event were called. It is soon marked as done, together with others that end meanwhile. */
  finish(event: CalledEvent): void {
    this.called.push(event);
    this.writing ??= this.writeCalled();
  }

  /** Tries again to mark what could not be marked before. Its handlers are not called again. */
  flush(): void {
    if (this.called.length > 0) this.writing ??= this.writeCalled();
  }

  /** Renews all leases when it is time: a slow handler does not mean that the process is dead. */
  async renew(): Promise<void> {
    const { outbox, owner, clock } = this.parts;
    const now = clock.now();
    if (now - this.renewedAt < RENEW_MS || this.events.size + this.deliveries.size === 0) return;
    this.renewedAt = now;
    const deliveries = [...this.deliveries].map(({ event, subscriber }) => ({ seq: event.seq, subscriber }));
    await outbox.renewLeases(owner, { events: [...this.events], deliveries }, now + LEASE_MS);
  }

  /** One write after another, each with all that ended during the one before. */
  private async writeCalled(): Promise<void> {
    try {
      while (this.called.length > 0) await this.write(this.called.splice(0));
    } catch (error) {
      logFailed(
        (text) => this.parts.logger.warn(text),
        error,
        (why) => `Events could not be marked as delivered: ${why}. Trying again in a moment.`,
      );
    } finally {
      this.writing = null;
    }
  }

  private async write(batch: readonly CalledEvent[]): Promise<void> {
    const { outbox, owner, clock } = this.parts;
    try {
      await outbox.finishEvents(batch, owner, clock.now());
    } catch (error) {
      this.called.unshift(...batch);
      throw error;
    }
    for (const { seq } of batch) this.events.delete(seq);
    this.onDone(batch.map(({ payload }) => payload));
  }
}
