import { v7 as uuidv7 } from 'uuid';
import type { JsonValue } from '../../message/json-value.js';
import type { SmsProEventName } from '../../message/sms-pro.events.js';
import type { SqlValue } from '../dialects/sql-statement.js';
/** What the payload has beyond the columns. */
export type EventDetail = Readonly<Record<string, JsonValue>>;

/** An event that has just happened. */
export interface NewEvent {
  readonly name: SmsProEventName;
  readonly occurredAt: number;
  readonly messageId?: string;
  readonly packetId?: string;
  readonly phone?: string;
  /** Events of one key are delivered in order. */
  readonly orderKey: string;
  readonly detail: EventDetail;
}

/** The table of events. */
export const EVENT_TABLE = {
  name: 'sms_pro_event',
  columns: [
    'event_id',
    'account',
    'name',
    'message_id',
    'packet_id',
    'phone',
    'order_key',
    'detail',
    'occurred_at',
    'state',
    'lease_owner',
    'lease_until',
    'done_at',
  ],
} as const;

/** The row of an event that has just happened. */
export function eventRow(account: string, event: NewEvent): SqlValue[] {
  return [
    uuidv7(),
    account,
    event.name,
    event.messageId ?? null,
    event.packetId ?? null,
    event.phone ?? null,
    event.orderKey,
    JSON.stringify(event.detail),
    event.occurredAt,
    'pending',
    null,
    null,
    null,
  ];
}

/** The order key of a recipient: its events are delivered one after another. */
export function recipientOrderKey(rootPacketId: string, phone: string): string {
  return `${rootPacketId}:${phone}`;
}
