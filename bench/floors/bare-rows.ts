import { randomUUID } from 'node:crypto';

/** A value that every driver takes. */
export type BareValue = string | number | null;
export type BareRow = readonly BareValue[];

/** The rows that one `send()` or one part of a `sendBulk()` writes, column by column as the module does. */
export interface BareRows {
  readonly messages: readonly BareRow[];
  readonly packets: readonly BareRow[];
  readonly recipients: readonly BareRow[];
}

/** A table and the columns that a floor writes: all columns that the module writes. */
export interface BareTable {
  readonly rows: keyof BareRows;
  readonly name: string;
  readonly columns: readonly string[];
}

const words = (text: string) => text.split(/\s+/);

/** The three tables, in the order in which they are written. */
export const BARE_TABLES: readonly BareTable[] = [
  {
    rows: 'messages',
    name: 'sms_pro_message',
    columns: words(
      'message_id account campaign_id sender text text_digest is_sensitive encoding segments priority test send_at valid_until reference metadata recipients open_recipients cancel_requested_at created_at completed_at',
    ),
  },
  {
    rows: 'packets',
    name: 'sms_pro_packet',
    columns: words(
      'packet_id account message_id campaign_id root_packet_id replaces sender priority test is_sensitive segments recipients open_recipients state due_at valid_until deadline_at created_at lease_token attempts open_tries probes refusals cancel_requested estimated polls',
    ),
  },
  {
    rows: 'recipients',
    name: 'sms_pro_recipient',
    columns: words('root_packet_id phone packet_id message_id position updated_at'),
  },
];

const DAY_MS = 24 * 60 * 60_000;
const PACKET_PHONES = 50;

let packetSerial = 0;

/** A packet id as long and as random as the module's own, in the same alphabet: the cost of an index depends on it. */
function packetId(): string {
  packetSerial += 1;
  return `x${(Math.imul(packetSerial, 0x9e37_79b1) >>> 0).toString(36).padStart(7, '0')}${(packetSerial % 1_296).toString(36).padStart(4, '0')}`;
}

/** Ids that grow with time, as UUIDv7 does. */
function messageId(now: number): string {
  const time = now.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

/** One message to each phone. With `shared`, fifty phones share a packet; else each has its own. */
export function bareRows(
  phones: readonly string[],
  text: string,
  shared: boolean,
  campaignId: string | null,
): BareRows {
  const now = Date.now();
  const messages: BareRow[] = [];
  const packets: BareRow[] = [];
  const recipients: BareRow[] = [];
  const perPacket = shared ? PACKET_PHONES : 1;
  for (let at = 0; at < phones.length; at += perPacket) {
    const part = phones.slice(at, at + perPacket);
    const packet = packetId();
    for (const [place, phone] of part.entries()) {
      const message = messageId(now);
      messages.push(messageRow(message, text, campaignId, now));
      recipients.push([packet, phone, packet, message, 0, now]);
      if (place === 0) packets.push(packetRow(packet, message, { campaignId, phones: part.length, now }));
    }
  }
  return { messages, packets, recipients };
}

/** One message to all phones. */
export function bareMessage(phones: readonly string[], text: string): BareRows {
  const now = Date.now();
  const message = messageId(now);
  const packet = packetId();
  return {
    messages: [messageRow(message, text, null, now)],
    packets: [packetRow(packet, message, { campaignId: null, phones: phones.length, now })],
    recipients: phones.map((phone, position) => [packet, phone, packet, message, position, now]),
  };
}

function messageRow(id: string, text: string, campaignId: string | null, now: number): BareRow {
  const priority = campaignId === null ? 1 : 2;
  const head = [id, 'default', campaignId, 'My-company', text, null, 0, 'gsm7', 1, priority, 0];
  return [...head, null, null, null, null, 1, 1, null, now, null];
}

function packetRow(
  id: string,
  message: string,
  { campaignId, phones, now }: { readonly campaignId: string | null; readonly phones: number; readonly now: number },
): BareRow {
  const priority = campaignId === null ? 1 : 2;
  const head = [id, 'default', message, campaignId, id, null, 'My-company', priority, 0, 0, 1, phones, phones];
  return [...head, 'queued', now, null, now + DAY_MS, now, 0, 0, 0, 0, 0, 0, 0, 0];
}
