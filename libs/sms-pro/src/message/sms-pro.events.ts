import type { JsonValue } from './json-value.js';
import type { PauseReason, Reason } from './reason.js';
import type { RecipientStatus, StatusCounts } from './recipient-status.js';

/** What every event carries. */
export interface SmsProEventBase {
  /** The same over every repeat of the delivery: the key to make a handler idempotent with. */
  readonly eventId: string;
  /** Name of the module instance (`default` if it has none), never the login. */
  readonly account: string;
  readonly occurredAt: Date;
}

/** What every event about a message carries. */
export interface SmsProMessageEventBase extends SmsProEventBase {
  /** Of a packet that several messages of a campaign share: the message of its first recipient. */
  readonly messageId: string;
  /** The campaign it was sent with, if it was. */
  readonly campaignId?: string;
  /** As given to `send()`. */
  readonly reference?: string;
  /** As given to `send()`. */
  readonly metadata?: Readonly<Record<string, JsonValue>>;
}

interface PacketEvent extends SmsProMessageEventBase {
  readonly packetId: string;
  /** Phones of ours in the packet. */
  readonly recipients: number;
}

/** Where a report came from: pushed by the gateway, asked for, or asked for by hand. */
export type ReportSource = 'push' | 'poll' | 'manual';

interface RecipientEvent<S extends RecipientStatus> extends SmsProMessageEventBase {
  readonly packetId: string;
  /** The full number: the application needs it to act. */
  readonly phone: string;
  readonly status: S;
  /** When the gateway handed the message to the operator, if a report said so. */
  readonly sentAt?: Date;
  /** How we learned of it; left out where no report said so. */
  readonly source?: ReportSource;
}

interface SettledRecipientEvent<S extends RecipientStatus> extends RecipientEvent<S> {
  /** A report that came after the recipient had ended as `unknown`. */
  readonly late?: boolean;
}

/** The gateway took a packet. */
export interface PacketAcceptedEvent extends PacketEvent {
  /** Phones the gateway recognised; fewer than `recipients` means that some were not. `null` where no answer said it. */
  readonly phones: number | null;
  /** Segments per phone as the gateway counts them. `null` where no answer said it. */
  readonly smscnt: number | null;
  /** SMS billed: phones x smscnt, or our own estimate where `estimated`. */
  readonly billed: number;
  /** No answer was read: the packet is known only through its reports. */
  readonly estimated: boolean;
  /** A test: nothing was sent and nothing billed. */
  readonly test: boolean;
}

/** The gateway refused a packet for good. */
export interface PacketRejectedEvent extends PacketEvent {
  readonly reason: Reason;
  readonly gatewayStatus: string;
  readonly hint: string;
}

/** The packet may have been sent and nobody knows yet: the gateway is asked before anything is repeated. */
export interface PacketUncertainEvent extends PacketEvent {
  /** What happened to the answer. */
  readonly cause: string;
}

/** Every recipient of a message has reached its end. Told once per message. */
export interface MessageCompletedEvent extends SmsProMessageEventBase {
  readonly recipients: number;
  readonly counts: StatusCounts;
}

/** The account, or one sender of it, stopped sending. */
export interface AccountPausedEvent extends SmsProEventBase {
  readonly reason: PauseReason;
  /** What it means and where to mend it. */
  readonly hint: string;
  /** Set where one sender alone is paused. */
  readonly sender?: string;
}

/** The account, or one sender of it, sends again. */
export interface AccountResumedEvent extends SmsProEventBase {
  readonly reason: PauseReason;
  readonly sender?: string;
}

/** The balance fell below `balance.lowBelow`. */
export interface BalanceLowEvent extends SmsProEventBase {
  /** Decimal string in the account's currency. */
  readonly balance: string;
  readonly lowBelow: string;
}

/** A report for an id and phone that are not ours. Not stored; at most a few a minute, the rest counted. */
export interface ReportUnmatchedEvent extends SmsProEventBase {
  /** As the report says it, cut to 12 characters. */
  readonly packetId: string;
  /** Masked: it is not one of ours. */
  readonly phone: string;
  /** How many unmatched reports there were since the last such event, this one included. */
  readonly count: number;
}

/** Every event by its name. `@OnSmsPro(name)` and `sms-pro.<name>` on EventEmitter2. */
export interface SmsProEventMap {
  'packet.accepted': PacketAcceptedEvent;
  'packet.rejected': PacketRejectedEvent;
  'packet.uncertain': PacketUncertainEvent;
  'recipient.sent': RecipientEvent<'sent'>;
  'recipient.delivered': SettledRecipientEvent<'delivered'> & { readonly deliveredAt?: Date };
  'recipient.undelivered': SettledRecipientEvent<'undelivered'> & { readonly reason: Reason };
  'recipient.rejected': RecipientEvent<'rejected'> & { readonly reason: Reason };
  'recipient.unknown': RecipientEvent<'unknown'> & { readonly reason: Reason };
  'recipient.expired': RecipientEvent<'expired'> & { readonly reason: Reason };
  'recipient.canceled': RecipientEvent<'canceled'> & { readonly reason: Reason };
  'message.completed': MessageCompletedEvent;
  'account.paused': AccountPausedEvent;
  'account.resumed': AccountResumedEvent;
  'balance.low': BalanceLowEvent;
  'report.unmatched': ReportUnmatchedEvent;
}

/** The name of an event. */
export type SmsProEventName = keyof SmsProEventMap;

/** The payload of the event of that name. Carries its own `name`. */
export type SmsProEvent<N extends SmsProEventName = SmsProEventName> = {
  [K in N]: SmsProEventMap[K] & { readonly name: K };
}[N];

/** Complete by its type: an event that is missing here does not compile. */
const EVENT_NAMES: Readonly<Record<SmsProEventName, true>> = {
  'packet.accepted': true,
  'packet.rejected': true,
  'packet.uncertain': true,
  'recipient.sent': true,
  'recipient.delivered': true,
  'recipient.undelivered': true,
  'recipient.rejected': true,
  'recipient.unknown': true,
  'recipient.expired': true,
  'recipient.canceled': true,
  'message.completed': true,
  'account.paused': true,
  'account.resumed': true,
  'balance.low': true,
  'report.unmatched': true,
};

/** Every event name, for checks at run time. */
export const SMS_PRO_EVENT_NAMES = Object.keys(EVENT_NAMES) as readonly SmsProEventName[];

/** The prefix of the names on EventEmitter2. */
export const EVENT_PREFIX = 'sms-pro.';
