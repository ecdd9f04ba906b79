import { v7 as uuidv7 } from 'uuid';
import type { EventDelivery } from '../events/event-delivery.js';
import type { Clock } from '../message/clock.js';
import { maskPhone } from '../message/phone.js';
import type { IncomingReport } from '../message/incoming-report.js';

const MINUTE_MS = 60_000;

/** `report.unmatched` events in a minute, at most. */
const MAX_A_MINUTE = 5;

/** Tells of reports that are not ours: a few a minute, the rest counted, so that a flood costs neither memory nor rows. */
export class UnmatchedReports {
  private windowStart = Number.NEGATIVE_INFINITY;
  private told = 0;
  private untold = 0;
  private total = 0;

  constructor(
    private readonly account: string,
    private readonly delivery: Pick<EventDelivery, 'deliverUnstored'>,
    private readonly clock: Clock,
  ) {}

  /** Unmatched reports since the start. */
  get count(): number {
    return this.total;
  }

  /** Counts what is not ours, and tells of some of it. */
  note(reports: readonly IncomingReport[]): void {
    this.total += reports.length;
    this.untold += reports.length;
    const [first] = reports;
    if (first === undefined) return;
    const now = this.clock.now();
    if (now - this.windowStart >= MINUTE_MS) {
      this.windowStart = now;
      this.told = 0;
    }
    if (this.told >= MAX_A_MINUTE) return;
    this.told += 1;
    const count = this.untold;
    this.untold = 0;
    // Not waited for: a handler that never returns must not keep the gateway from its answer.
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
