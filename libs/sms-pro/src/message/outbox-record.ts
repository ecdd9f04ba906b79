import type { SmsProEventName } from './sms-pro.events.js';

/** A stored event, with the fields of its message that are part of the payload. */
export interface StoredEvent {
  /** The order in which the events were stored. */
  readonly seq: number;
  readonly eventId: string;
  readonly name: SmsProEventName;
  readonly account: string;
  /** Epoch milliseconds. */
  readonly occurredAt: number;
  /** Events with the same key are delivered one after another. */
  readonly orderKey: string;
  readonly messageId: string | null;
  readonly packetId: string | null;
  readonly phone: string | null;
  /** JSON text. */
  readonly detail: string;
  readonly campaignId: string | null;
  readonly reference: string | null;
  /** JSON text. */
  readonly metadata: string | null;
}

/** An event that is not delivered to one subscriber yet. */
export interface StoredDelivery {
  readonly event: StoredEvent;
  readonly subscriber: string;
  /** The number of calls so far. */
  readonly attempts: number;
}

/** A delivery to one subscriber that is not complete yet, or is parked. */
export interface PendingDelivery {
  readonly seq: number;
  readonly subscriber: string;
  readonly orderKey: string;
  readonly attempts: number;
  /** When the subscriber is called again, in epoch milliseconds. */
  readonly dueAt: number;
  readonly parked: boolean;
  readonly lastError: string | null;
}

/** A subscriber and the name of an event that it handles. */
export interface Subscription {
  readonly subscriber: string;
  readonly eventName: SmsProEventName;
}

/** An event on which a subscriber failed too often. It is not delivered again until it is replayed. */
export interface ParkedDelivery {
  readonly eventId: string;
  readonly name: SmsProEventName;
  readonly subscriber: string;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly occurredAt: number;
  readonly parkedAt: number;
}

/** Selects parked deliveries. */
export interface ParkedFilter {
  readonly eventIds?: readonly string[] | undefined;
  readonly subscriber?: string | undefined;
  readonly name?: SmsProEventName | undefined;
}

/** The events and deliveries that a process has leased. */
export interface LeasedWork {
  /** Sequence numbers of events. */
  readonly events: readonly number[];
  readonly deliveries: readonly { readonly seq: number; readonly subscriber: string }[];
}

/** An event whose handlers were called. */
export interface FinishedEvent {
  readonly seq: number;
  /** The deliveries that are not complete. */
  readonly pending: readonly PendingDelivery[];
}
