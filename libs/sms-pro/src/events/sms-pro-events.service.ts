import { SmsProInputError } from '../errors/sms-pro.errors.js';
import type { Clock } from '../message/clock.js';
import type { ParkedFilter } from '../message/outbox-record.js';
import type { SmsProEventName } from '../message/sms-pro.events.js';
import type { EventDelivery } from './event-delivery.js';
import type { ParkedEvents } from './event-outbox.js';

/** An event on which a subscriber failed too often, and which waits for a person. */
export interface FailedEvent {
  readonly eventId: string;
  readonly name: SmsProEventName;
  /** `Class.method`. */
  readonly subscriber: string;
  /** Calls so far. */
  readonly attempts: number;
  readonly lastError: string | null;
  readonly occurredAt: Date;
  readonly parkedAt: Date;
}

/** Which parked events are meant; a field that is left out matches all. */
export interface FailedEventFilter extends ParkedFilter {
  /** How many to list, at most. @default 100 */
  readonly limit?: number | undefined;
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 10_000;

/** Parked events: those on which a subscriber failed `events.maxAttempts` times. */
export class SmsProEvents {
  constructor(
    private readonly outbox: ParkedEvents,
    private readonly delivery: EventDelivery,
    private readonly clock: Clock,
  ) {}

  /**
   * The parked events, oldest first.
   * @throws SmsProInputError for a limit that is not 1 to 10000
   */
  async failed(filter: FailedEventFilter = {}): Promise<FailedEvent[]> {
    const limit = filter.limit ?? DEFAULT_LIMIT;
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
      throw new SmsProInputError([{ path: 'limit', message: `must be a whole number from 1 to ${MAX_LIMIT}` }]);
    }
    const parked = await this.outbox.parked(filter, limit);
    return parked.map(({ occurredAt, parkedAt, ...event }) => ({
      ...event,
      occurredAt: new Date(occurredAt),
      parkedAt: new Date(parkedAt),
    }));
  }

  /** How many events are parked. */
  async countFailed(): Promise<number> {
    return this.outbox.countParked();
  }

  /** Delivers parked events again, from the first call on, each to the subscriber it was parked for. Returns how many. */
  async replay(events: readonly string[] | ParkedFilter): Promise<number> {
    const filter: ParkedFilter = Array.isArray(events)
      ? { eventIds: events as readonly string[] }
      : (events as ParkedFilter);
    const replayed = await this.outbox.replay(filter, this.clock.now());
    if (replayed > 0) this.delivery.wake();
    return replayed;
  }
}
