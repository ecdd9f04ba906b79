import type {
  FinishedEvent,
  LeasedWork,
  ParkedDelivery,
  ParkedFilter,
  PendingDelivery,
  StoredDelivery,
  StoredEvent,
  Subscription,
} from '../message/outbox-record.js';

/** Where events wait for delivery. The store implements it; events and store never import each other. */
export interface EventOutbox {
  register(subscriptions: readonly Subscription[], now: number): Promise<void>;
  subscriptions(seenSince: number): Promise<Subscription[]>;
  claimEvents(owner: string, now: number, leaseMs: number, limit: number): Promise<StoredEvent[]>;
  renewLeases(owner: string, work: LeasedWork, leaseUntil: number): Promise<void>;
  finishEvents(finished: readonly FinishedEvent[], owner: string, now: number): Promise<void>;
}

/** Which deliveries one claim takes. */
export interface DeliveryRequest {
  readonly owner: string;
  readonly subscribers: readonly string[];
  readonly now: number;
  readonly leaseMs: number;
  readonly limit: number;
}

/** Deliveries that single subscribers still have to get. */
export interface PendingDeliveries {
  blocked(orderKeys: readonly string[]): Promise<Set<string>>;
  claimDeliveries(request: DeliveryRequest): Promise<StoredDelivery[]>;
  finishDelivery(seq: number, subscriber: string, owner: string): Promise<void>;
  keepDelivery(delivery: PendingDelivery, owner: string, now: number): Promise<void>;
  nextDeliveryAt(subscribers: readonly string[]): Promise<number | null>;
}

/** Deliveries that failed too often, and wait for an operator. */
export interface ParkedEvents {
  parked(filter: ParkedFilter, limit: number): Promise<ParkedDelivery[]>;
  countParked(): Promise<number>;
  replay(filter: ParkedFilter, now: number): Promise<number>;
}
