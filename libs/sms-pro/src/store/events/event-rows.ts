import type { StoredEvent } from '../../message/outbox-record.js';
import { SMS_PRO_EVENT_NAMES } from '../../message/sms-pro.events.js';
import { int, oneOf, text, textOrNull } from '../database/row-reader.js';
import type { SqlRow } from '../database/sql-session.js';

/** The columns of an event `e`, with those of its message `m`. */
export const EVENT_COLUMNS = `e.event_seq, e.event_id, e.name, e.account, e.occurred_at, e.order_key, e.message_id, e.packet_id,
  e.phone, e.detail, m.campaign_id, m.reference, m.metadata`;

const KNOWN_NAMES = SMS_PRO_EVENT_NAMES.map((name) => `'${name}'`).join(', ');

/** The condition that this version knows the name of an event. The names are constants of this package. */
export const IS_KNOWN = (event: string): string => `${event}.name IN (${KNOWN_NAMES})`;

/** Reads an event. */
export function eventOf(row: SqlRow): StoredEvent {
  return {
    seq: int(row, 'event_seq'),
    eventId: text(row, 'event_id'),
    name: oneOf(row, 'name', SMS_PRO_EVENT_NAMES),
    account: text(row, 'account'),
    occurredAt: int(row, 'occurred_at'),
    orderKey: text(row, 'order_key'),
    messageId: textOrNull(row, 'message_id'),
    packetId: textOrNull(row, 'packet_id'),
    phone: textOrNull(row, 'phone'),
    detail: text(row, 'detail'),
    campaignId: textOrNull(row, 'campaign_id'),
    reference: textOrNull(row, 'reference'),
    metadata: textOrNull(row, 'metadata'),
  };
}
