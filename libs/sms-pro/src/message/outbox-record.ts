import type { SmsProEventName } from './sms-pro.events.js';

/** An event as it is stored, with what its message adds to the payload. */
export interface StoredEvent {
  readonly seq: number;
  readonly eventId: string;
  readonly name: SmsProEventName;
  readonly account: string;
  readonly occurredAt: number;
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

/** An event that one subscriber still has to get. */
export interface StoredDelivery {
  readonly event: StoredEvent;
  readonly subscriber: string;
  /** Calls so far. */
  readonly attempts: number;
}

/** A delivery that did not succeed at once. */
export interface PendingDelivery {
  readonly seq: number;
  readonly subscriber: string;
  readonly orderKey: string;
  readonly attempts: number;
  readonly dueAt: number;
  readonly parked: boolean;
  readonly lastError: string | null;
}

/** A subscriber, and one event it wants. */
export interface Subscription {
  readonly subscriber: string;
  readonly eventName: SmsProEventName;
}

/** An event on which a subscriber failed too often: it waits for a person. */
export interface ParkedDelivery {
  readonly eventId: string;
  readonly name: SmsProEventName;
  readonly subscriber: string;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly occurredAt: number;
  readonly parkedAt: number;
}

/** Which parked deliveries are meant. */
export interface ParkedFilter {
  readonly eventIds?: readonly string[] | undefined;
  readonly subscriber?: string | undefined;
  readonly name?: SmsProEventName | undefined;
}

/** What a process has leased and is working on. */
export interface LeasedWork {
  /** Sequence numbers of events. */
  readonly events: readonly number[];
  readonly deliveries: readonly { readonly seq: number; readonly subscriber: string }[];
}

/** An event whose handlers were called. */
export interface FinishedEvent {
  readonly seq: number;
  /** What some subscribers still have to get. */
  readonly pending: readonly PendingDelivery[];
}
