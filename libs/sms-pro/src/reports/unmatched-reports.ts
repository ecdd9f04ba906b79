import { v7 as uuidv7 } from 'uuid';
import type { EventDelivery } from '../events/event-delivery.js';
import type { Clock } from '../message/clock.js';
import { maskPhone } from '../message/phone.js';
import type { IncomingReport } from '../message/incoming-report.js';

const MINUTE_MS = 60_000;

/** `report.unmatched` events per minute, at most. */
const MAX_PER_MINUTE = 5;

/** Emits `report.unmatched`, a few per minute; further reports are only counted, so that a flood costs no memory or rows. */
export class UnmatchedReports {
  private windowStart = Number.NEGATIVE_INFINITY;
  private emitted = 0;
  private sinceLastEvent = 0;
  private total = 0;

  constructor(
    private readonly account: string,
    private readonly delivery: Pick<EventDelivery, 'deliverUnstored'>,
    private readonly clock: Clock,
  ) {}

  /** Unmatched reports since this process started. */
  get count(): number {
    return this.total;
  }

  /** Counts the reports, and emits an event unless there were too many in this minute. */
  note(reports: readonly IncomingReport[]): void {
    this.total += reports.length;
    this.sinceLastEvent += reports.length;
    const [first] = reports;
    if (first === undefined) return;
    const now = this.clock.now();
    if (now - this.windowStart >= MINUTE_MS) {
      this.windowStart = now;
      this.emitted = 0;
    }
    if (this.emitted >= MAX_PER_MINUTE) return;
    this.emitted += 1;
    const count = this.sinceLastEvent;
    this.sinceLastEvent = 0;
    // Not awaited: a handler that never returns must not delay the answer to the gateway.
    void this.delivery.deliverUnstored({
      name: 'report.unmatched',
      eventId: uuidv7(),
      account: this.account,
      occurredAt: new Date(now),
      packetId: first.packetId.slice(0, 12),
      phone: maskPhone(first.phone),
      count,
    });
  }
}
