import type { StoredEvent } from '../message/outbox-record.js';
import type { SmsProEvent } from '../message/sms-pro.events.js';

/** Fields of a payload that are instants, stored as epoch milliseconds. */
const INSTANTS = ['sentAt', 'deliveredAt'] as const;

/** The payload of a stored event, as handlers get it. Frozen: one handler cannot change what the next one sees. */
export function eventPayload(event: StoredEvent): SmsProEvent {
  const detail = JSON.parse(event.detail) as Record<string, unknown>;
  for (const field of INSTANTS) {
    const value = detail[field];
    if (typeof value === 'number') detail[field] = new Date(value);
  }
  const payload = {
    eventId: event.eventId,
    name: event.name,
    account: event.account,
    occurredAt: new Date(event.occurredAt),
    ...(event.messageId === null ? {} : { messageId: event.messageId }),
    ...(event.packetId === null ? {} : { packetId: event.packetId }),
    ...(event.phone === null ? {} : { phone: event.phone }),
    ...(event.campaignId === null ? {} : { campaignId: event.campaignId }),
    ...(event.reference === null ? {} : { reference: event.reference }),
    ...(event.metadata === null ? {} : { metadata: JSON.parse(event.metadata) as unknown }),
    ...detail,
  };
  return Object.freeze(payload) as unknown as SmsProEvent;
}
