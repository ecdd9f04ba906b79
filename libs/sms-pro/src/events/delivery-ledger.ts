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
  private done: DoneEvent[] = [];
  private readonly events = new Set<number>();
  private readonly deliveries = new Set<StoredDelivery>();
  private writing: Promise<void> | null = null;
  private renewedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly owner: string,
    private readonly outbox: Pick<EventOutbox, 'finishEvents' | 'renewLeases'>,
    private readonly clock: Clock,
    private readonly logger: SmsProLogger,
    private readonly written: (payload: SmsProEvent) => void,
  ) {}

  /** The write that is under way, or `null`. */
  get underWay(): Promise<void> | null {
    return this.writing;
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

  /** Has a delivery in hand for as long as the work takes. */
  async during(delivery: StoredDelivery, work: Promise<void>): Promise<void> {
    this.deliveries.add(delivery);
    await work.finally(() => this.deliveries.delete(delivery));
  }

  /** Ends an event, and waits until that was tried to be written. */
  async finish(event: DoneEvent): Promise<void> {
    this.done.push(event);
    await this.flush();
  }

  /**
   * Writes what is done; what ends while a write is under way goes into the next one. What could not be written
   * stays in hand, and is written later: its handlers are not called again.
   */
  async flush(): Promise<void> {
    while (this.writing !== null) await this.writing;
    if (this.done.length === 0) return;
    const batch = this.done;
    this.done = [];
    this.writing = this.write(batch).finally(() => {
      this.writing = null;
    });
    await this.writing;
  }

  /** A slow handler is no dead process: what is in hand stays this process's. */
  async renew(): Promise<void> {
    const now = this.clock.now();
    if (now - this.renewedAt < RENEW_MS || this.events.size + this.deliveries.size === 0) return;
    this.renewedAt = now;
    const deliveries = [...this.deliveries].map(({ event, subscriber }) => ({ seq: event.seq, subscriber }));
    await this.outbox.renewLeases(this.owner, { events: [...this.events], deliveries }, now + LEASE_MS);
  }

  private async write(batch: DoneEvent[]): Promise<void> {
    try {
      await this.outbox.finishEvents(batch, this.owner, this.clock.now());
    } catch (error) {
      this.done = [...batch, ...this.done];
      this.logger.warn(`Events could not be written as delivered: ${safeErrorText(error)}. Tried again in a moment.`);
      return;
    }
    for (const { seq, payload } of batch) {
      this.events.delete(seq);
      this.written(payload);
    }
  }
}
