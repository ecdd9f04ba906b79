import type { DataSource, DataSourceOptions } from 'typeorm';
import { onDatabase } from '../support/test-servers.js';
import type { StoreFacts } from './facts.js';

type Row = Readonly<Record<string, unknown>>;

/** The status of a recipient that has none of its own, by the state of its packet. */
const STATUS_OF_PACKET: Readonly<Record<string, string>> = {
  accepted: 'accepted',
  rejected: 'rejected',
  expired: 'expired',
  canceled: 'canceled',
  unknown: 'unknown',
};

function textOf(row: Row, column: string): string {
  const value = row[column];
  return value === null || value === undefined ? '' : String(value);
}

function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : textOf(row, column);
}

/** PostgreSQL returns a bigint as text. */
function numberOf(row: Row, column: string): number {
  return Number(row[column]);
}

function numberOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : numberOf(row, column);
}

function isLate(detail: string): boolean {
  const value: unknown = JSON.parse(detail);
  return typeof value === 'object' && value !== null && 'late' in value && value.late === true;
}

/** Reads the module's tables, without the module. */
export async function readStore(options: DataSourceOptions): Promise<StoreFacts> {
  return onDatabase(options, async (source) => {
    const rows = (sql: string): Promise<Row[]> => source.query(sql);
    const messages = await rows(
      'SELECT message_id, reference, recipients, open_recipients, created_at, completed_at FROM sms_pro_message',
    );
    const packets = await rows(
      'SELECT packet_id, state, recipients, phones, smscnt, estimated, attempts FROM sms_pro_packet',
    );
    const recipients = await rows(
      `SELECT r.message_id, r.packet_id, r.phone, r.status, r.reason, p.state, p.reason AS packet_reason
       FROM sms_pro_recipient r JOIN sms_pro_packet p ON p.packet_id = r.packet_id`,
    );
    const reports = await rows('SELECT packet_id, phone, code, applied FROM sms_pro_report ORDER BY report_id');
    const events = await rows(
      'SELECT event_id, name, message_id, packet_id, phone, state, detail FROM sms_pro_event ORDER BY event_seq',
    );
    const deliveries = await rows('SELECT event_seq, subscriber, state FROM sms_pro_delivery ORDER BY event_seq');
    const leasesEnded = await countOf(
      source,
      "SELECT COUNT(*) AS amount FROM sms_pro_attempt WHERE outcome = 'lease-ended'",
    );
    return {
      leasesEnded,
      messages: messages.map((row) => ({
        messageId: textOf(row, 'message_id'),
        reference: textOf(row, 'reference'),
        recipients: numberOf(row, 'recipients'),
        openRecipients: numberOf(row, 'open_recipients'),
        createdAt: numberOf(row, 'created_at'),
        completedAt: numberOrNull(row, 'completed_at'),
      })),
      packets: packets.map((row) => ({
        packetId: textOf(row, 'packet_id'),
        state: textOf(row, 'state'),
        recipients: numberOf(row, 'recipients'),
        phones: numberOrNull(row, 'phones'),
        smscnt: numberOrNull(row, 'smscnt'),
        estimated: numberOf(row, 'estimated') === 1,
        attempts: numberOf(row, 'attempts'),
      })),
      recipients: recipients.map((row) => ({
        messageId: textOf(row, 'message_id'),
        packetId: textOf(row, 'packet_id'),
        phone: textOf(row, 'phone'),
        status: textOrNull(row, 'status') ?? STATUS_OF_PACKET[textOf(row, 'state')] ?? 'queued',
        reason: textOrNull(row, row['status'] === null ? 'packet_reason' : 'reason'),
      })),
      reports: reports.map((row) => ({
        packetId: textOf(row, 'packet_id'),
        phone: textOf(row, 'phone'),
        code: textOf(row, 'code'),
        applied: numberOf(row, 'applied') === 1,
      })),
      events: events.map((row) => ({
        eventId: textOf(row, 'event_id'),
        name: textOf(row, 'name'),
        messageId: textOrNull(row, 'message_id'),
        packetId: textOrNull(row, 'packet_id'),
        phone: textOrNull(row, 'phone'),
        state: textOf(row, 'state'),
        late: isLate(textOf(row, 'detail')),
      })),
      deliveries: deliveries.map(
        (row) => `${textOf(row, 'state')} ${textOf(row, 'event_seq')} ${textOf(row, 'subscriber')}`,
      ),
    };
  });
}

async function countOf(source: DataSource, sql: string): Promise<number> {
  const [row] = (await source.query(sql)) as Row[];
  return row === undefined ? 0 : numberOf(row, 'amount');
}

/** How many events and deliveries are still waiting. */
export async function countWaiting(options: DataSourceOptions): Promise<number> {
  return onDatabase(options, async (source) => {
    const events = await countOf(source, "SELECT COUNT(*) AS amount FROM sms_pro_event WHERE state = 'pending'");
    const deliveries = await countOf(source, "SELECT COUNT(*) AS amount FROM sms_pro_delivery WHERE state = 'pending'");
    return events + deliveries;
  });
}

/**
 * Ends the leases that killed processes still have on events. The module itself gives such an event to another process
 * after five minutes. With no process alive this has the same result, without the wait.
 */
export async function endEventLeases(options: DataSourceOptions): Promise<void> {
  await onDatabase(options, async (source) => {
    for (const table of ['sms_pro_event', 'sms_pro_delivery']) {
      await source.query(`UPDATE ${table} SET lease_owner = NULL, lease_until = NULL WHERE state = 'pending'`);
    }
  });
}
