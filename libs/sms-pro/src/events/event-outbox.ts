import type {
  FinishedEvent,
  InHand,
  ParkedDelivery,
  ParkedFilter,
  PendingDelivery,
  StoredDelivery,
  StoredEvent,
  Subscription,
} from '../message/outbox-record.js';

/** Where events wait for their subscribers. The store has it; events and store never import each other. */
export interface EventOutbox {
  register(subscriptions: readonly Subscription[], now: number): Promise<void>;
  subscriptions(seenSince: number): Promise<Subscription[]>;
  claimEvents(owner: string, now: number, leaseMs: number, limit: number): Promise<StoredEvent[]>;
  renewLeases(owner: string, hand: InHand, leaseUntil: number): Promise<void>;
  blocked(orderKeys: readonly string[]): Promise<Set<string>>;
  finishEvents(finished: readonly FinishedEvent[], owner: string, now: number): Promise<void>;
  claimDeliveries(
    owner: string,
    subscribers: readonly string[],
    now: number,
    leaseMs: number,
    limit: number,
  ): Promise<StoredDelivery[]>;
  finishDelivery(seq: number, subscriber: string, owner: string): Promise<void>;
  keepDelivery(delivery: PendingDelivery, owner: string, now: number): Promise<void>;
  nextDeliveryAt(subscribers: readonly string[]): Promise<number | null>;
}

/** Events that wait for a person. */
export interface ParkedEvents {
  parked(filter: ParkedFilter, limit: number): Promise<ParkedDelivery[]>;
  countParked(): Promise<number>;
  replay(filter: ParkedFilter, now: number): Promise<number>;
}
