import type { Clock } from '../message/clock.js';
import type { FinishedEvent, StoredDelivery, StoredEvent } from '../message/outbox-record.js';
import type { SmsProEvent } from '../message/sms-pro.events.js';
import { safeErrorText, type SmsProLogger } from '../options/sms-pro.logger.js';
import type { EventOutbox } from './event-outbox.js';

/** How long, in ms, an event belongs to the process that took it. Renewed while it is worked; a dead process's events wait this long. */
export const LEASE_MS = 30_000;

/** How often, in ms, the leases of what is in hand are renewed. */
const RENEW_MS = 10_000;

/** An event whose handlers were called. */
export type DoneEvent = FinishedEvent & { readonly payload: SmsProEvent };

/** What a process has in hand: leased, being called, or done with and not yet written so. */
export class DeliveryLedger {
  private readonly done: DoneEvent[] = [];
  private readonly events = new Set<number>();
  private readonly givenBack: number[] = [];
  private readonly deliveries = new Set<StoredDelivery>();
  private writing: Promise<void> | null = null;
  private renewedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly owner: string,
    private readonly outbox: Pick<EventOutbox, 'finishEvents' | 'renewLeases'>,
    private readonly clock: Clock,
    private readonly logger: SmsProLogger,
    private readonly written: (payloads: readonly SmsProEvent[]) => void,
  ) {}

  /** The write that is under way, or `null`. */
  get underWay(): Promise<void> | null {
    return this.writing;
  }

  /** How many events are in hand. */
  get size(): number {
    return this.events.size;
  }

  /** Whether an event is in hand: what this process has is not taken a second time. */
  has({ seq }: StoredEvent): boolean {
    return this.events.has(seq);
  }

  take(events: readonly StoredEvent[]): void {
    // What has just been leased needs no renewal yet.
    if (this.events.size === 0) this.renewedAt = this.clock.now();
    for (const { seq } of events) this.events.add(seq);
  }

  /** Lets go of what cannot be worked: its lease ends, and it is delivered again. */
  letGo(events: readonly StoredEvent[]): void {
    const done = new Set(this.done.map(({ seq }) => seq));
    for (const { seq } of events) if (!done.has(seq)) this.events.delete(seq);
  }

  /** Has no time for these any more. */
  giveBack(events: readonly StoredEvent[]): void {
    this.letGo(events);
    for (const { seq } of events) this.givenBack.push(seq);
  }

  /** Ends the leases of what was given back, so that another process takes it up at once. */
  async release(): Promise<void> {
    const events = this.givenBack.splice(0);
    if (events.length === 0) return;
    try {
      await this.outbox.renewLeases(this.owner, { events, deliveries: [] }, this.clock.now());
    } catch (error) {
      this.logger.warn(
        `Events could not be given back: ${safeErrorText(error)}. They are taken up when their lease ends.`,
      );
    }
  }

  /** Has a delivery in hand for as long as the work takes. */
  async during(delivery: StoredDelivery, work: Promise<void>): Promise<void> {
    this.deliveries.add(delivery);
    await work.finally(() => this.deliveries.delete(delivery));
  }

  /** Ends an event: its handlers were called. That is written soon, together with others that end meanwhile. */
  finish(event: DoneEvent): void {
    this.done.push(event);
    this.writing ??= this.writeDone();
  }

  /** Begins to write what could not be written before: its handlers are not called again. */
  flush(): void {
    if (this.done.length > 0) this.writing ??= this.writeDone();
  }

  /** A slow handler is no dead process: what is in hand stays this process's. */
  async renew(): Promise<void> {
    const now = this.clock.now();
    if (now - this.renewedAt < RENEW_MS || this.events.size + this.deliveries.size === 0) return;
    this.renewedAt = now;
    const deliveries = [...this.deliveries].map(({ event, subscriber }) => ({ seq: event.seq, subscriber }));
    await this.outbox.renewLeases(this.owner, { events: [...this.events], deliveries }, now + LEASE_MS);
  }

  /** One write after another, each of all that ended while the one before was under way. */
  private async writeDone(): Promise<void> {
    try {
      while (this.done.length > 0) await this.write(this.done.splice(0));
    } catch (error) {
      this.logger.warn(`Events could not be written as delivered: ${safeErrorText(error)}. Tried again in a moment.`);
    } finally {
      this.writing = null;
    }
  }

  private async write(batch: readonly DoneEvent[]): Promise<void> {
    try {
      await this.outbox.finishEvents(batch, this.owner, this.clock.now());
    } catch (error) {
      this.done.unshift(...batch);
      throw error;
    }
    for (const { seq } of batch) this.events.delete(seq);
    this.written(batch.map(({ payload }) => payload));
  }
}
