import type { JsonValue } from './json-value.js';
import type { PauseReason, Reason } from './reason.js';
import type { RecipientStatus, StatusCounts } from './recipient-status.js';

/** The fields of every event. */
export interface SmsProEventBase {
  /** The same in every repeated delivery: use it as the key of an idempotent handler. */
  readonly eventId: string;
  /** Name of the module instance, `default` if it has none; never the login. */
  readonly account: string;
  /** When the change happened, by the database's clock. */
  readonly occurredAt: Date;
}

/** The fields of every event about a message. */
export interface SmsProMessageEventBase extends SmsProEventBase {
  /** The message. If several messages of a campaign share the packet: the message of its first recipient. */
  readonly messageId: string;
  /** The campaign that the message belongs to, if any. */
  readonly campaignId?: string;
  /** `reference` of the request. */
  readonly reference?: string;
  /** `metadata` of the request. */
  readonly metadata?: Readonly<Record<string, JsonValue>>;
}

interface PacketEvent extends SmsProMessageEventBase {
  /** The `<id>` of the packet at the gateway. */
  readonly packetId: string;
  /** The number of recipients in the packet. */
  readonly recipients: number;
}

/** How a report arrived: pushed by the gateway, by a poll, or by `SmsProService.refresh()` (`manual`). */
export type ReportSource = 'push' | 'poll' | 'manual';

interface RecipientEvent<S extends RecipientStatus> extends SmsProMessageEventBase {
  /** The `<id>` of the packet at the gateway. */
  readonly packetId: string;
  /** The full number, digits only, not masked: the application needs it. */
  readonly phone: string;
  readonly status: S;
  /** When the gateway handed the SMS to the operator, if a report said so. */
  readonly sentAt?: Date;
  /** How the report arrived; left out if the status does not come from a report. */
  readonly source?: ReportSource;
}

interface SettledRecipientEvent<S extends RecipientStatus> extends RecipientEvent<S> {
  /** `true`: the report arrived after the recipient had ended as `unknown`. */
  readonly late?: boolean;
}

/** The gateway accepted a packet. */
export interface PacketAcceptedEvent extends PacketEvent {
  /** Number of phones that the gateway recognised; if fewer than `recipients`, some get nothing. `null` if no answer was read. */
  readonly phones: number | null;
  /** Segments per phone, as the gateway counts them. `null` if no answer was read. */
  readonly smscnt: number | null;
  /** Billed segments: `phones` × `smscnt`, or our own estimate if `estimated`. */
  readonly billed: number;
  /** `true`: no answer was read; the packet is known to be accepted only from its reports. */
  readonly estimated: boolean;
  /** `true`: it was a test; nothing was sent or billed. */
  readonly test: boolean;
}

/** The gateway finally refused a packet: it will not be sent again. */
export interface PacketRejectedEvent extends PacketEvent {
  readonly reason: Reason;
  /** Status of the table "статусы отправки" in the partner API. */
  readonly gatewayStatus: string;
  /** What the status means and how to fix it. */
  readonly hint: string;
}

/** The packet may have been sent, but the answer was lost. The gateway is queried before anything is sent again. */
export interface PacketUncertainEvent extends PacketEvent {
  /** What happened to the answer, for a log. */
  readonly cause: string;
}

/** Every recipient of a message has a final status. Emitted once per message. */
export interface MessageCompletedEvent extends SmsProMessageEventBase {
  /** The number of recipients of the message. */
  readonly recipients: number;
  /** The number of recipients with each status. */
  readonly counts: StatusCounts;
}

/** Sending was paused for the account, or for one of its senders. */
export interface AccountPausedEvent extends SmsProEventBase {
  readonly reason: PauseReason;
  /** What the reason means and how to fix it. */
  readonly hint: string;
  /** Set if only this sender is paused. */
  readonly sender?: string;
}

/** Sending was resumed for the account, or for one of its senders. */
export interface AccountResumedEvent extends SmsProEventBase {
  readonly reason: PauseReason;
  /** Set if only this sender was paused. */
  readonly sender?: string;
}

/** The balance fell below `balance.lowBelow`. Emitted once, until the balance has been at or above the limit again. */
export interface BalanceLowEvent extends SmsProEventBase {
  /** Decimal string in the account's currency. */
  readonly balance: string;
  /** The limit of the options. */
  readonly lowBelow: string;
}

/** A report on an id or phone that is not ours. Not stored; a few per minute at most, further reports are only counted. */
export interface ReportUnmatchedEvent extends SmsProEventBase {
  /** The id in the report, cut to 12 characters. */
  readonly packetId: string;
  /** Masked, since it is not one of our recipients. */
  readonly phone: string;
  /** Unmatched reports since the last event of this name, including this one. */
  readonly count: number;
}

/** The payload of every event, by its name. Subscribe with `@OnSmsPro(name)`, or to `sms-pro.<name>` on EventEmitter2. */
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

/** The payload of the event of that name, with the `name` in it. */
export type SmsProEvent<N extends SmsProEventName = SmsProEventName> = {
  [K in N]: SmsProEventMap[K] & { readonly name: K };
}[N];

/** The type makes it complete: a missing event does not compile. */
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

/** The name of every event. */
export const SMS_PRO_EVENT_NAMES = Object.keys(EVENT_NAMES) as readonly SmsProEventName[];

/** The prefix of event names on EventEmitter2. */
export const EVENT_PREFIX = 'sms-pro.';
