import { SmsProInputError } from '../errors/sms-pro.errors.js';
import type { Clock } from '../message/clock.js';
import type { ParkedFilter } from '../message/outbox-record.js';
import type { SmsProEventName } from '../message/sms-pro.events.js';
import type { EventDelivery } from './event-delivery.js';
import type { ParkedEvents } from './event-outbox.js';

/** An event that is parked for one subscriber, which failed on it too often. It waits for an operator. */
export interface FailedEvent {
  /** The `eventId` of the payload. */
  readonly eventId: string;
  readonly name: SmsProEventName;
  /** `Class.method`. */
  readonly subscriber: string;
  /** How often the subscriber was called with it. */
  readonly attempts: number;
  /** Name and message of the last error, with phones masked; at most 500 characters. */
  readonly lastError: string | null;
  readonly occurredAt: Date;
  readonly parkedAt: Date;
}

/** Which parked events to list. A field that is left out matches all. */
export interface FailedEventFilter extends ParkedFilter {
  /** How many to list, at most; 1 to 10,000. @default 100 */
  readonly limit?: number | undefined;
}

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 10_000;

/** Lists and replays parked events: those on which a subscriber failed `events.maxAttempts` times. */
export class SmsProEvents {
  constructor(
    private readonly outbox: ParkedEvents,
    private readonly delivery: EventDelivery,
    private readonly clock: Clock,
  ) {}

  /**
   * The parked events, oldest first.
   * @throws SmsProInputError for a limit that is not a whole number from 1 to 10,000
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

  /**
   * Delivers parked events again, each to the subscriber that it was parked for, with `events.maxAttempts` new calls.
   * @param events their `eventId`s, or a filter; an empty filter matches all
   * @returns how many deliveries were made due
   */
  async replay(events: readonly string[] | ParkedFilter): Promise<number> {
    const filter: ParkedFilter = Array.isArray(events)
      ? { eventIds: events as readonly string[] }
      : (events as ParkedFilter);
    const replayed = await this.outbox.replay(filter, this.clock.now());
    if (replayed > 0) this.delivery.wake();
    return replayed;
  }
}
