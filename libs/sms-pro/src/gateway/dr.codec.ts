import { fromGatewayTime } from '../message/bishkek-time.js';
import type { PhoneReport } from '../message/incoming-report.js';
import { openAnswer, type GatewayBody, type GatewayCredentials } from './gateway-answer.js';
import { children, leaf, type XmlElement } from './xml-reader.js';
import { writeXml } from './xml-writer.js';

/** The answer of `/api/dr`, whatever its status. */
export interface ReportsAnswer {
  /** Raw code of the table "коды ошибок при запросе отчета", see `DR_STATUS`. */
  readonly status: string;
  readonly reports: readonly PhoneReport[];
  /** How many entries had no readable number or code. They are left out of `reports`. */
  readonly unreadable: number;
}

/**
 * Writes the request of `/api/dr`. It has no namespace.
 *
 * @param phone without it, the reports of all phones of the packet are requested
 * @throws SmsProInputError if a field has a character that XML forbids
 */
export function encodeGetReports({ login, password }: GatewayCredentials, id: string, phone?: string): Buffer {
  return writeXml('dr', { login, pwd: password, id, ...(phone === undefined ? {} : { phone }) });
}

/**
 * Reads the answer of `/api/dr`.
 *
 * @throws SmsProProtocolError if it is not such an answer or has no numeric status
 */
export function decodeGetReports(body: GatewayBody, utcOffsetMinutes: number): ReportsAnswer {
  const { status, root } = openAnswer('dr', body);
  const entries = children(root, 'phone').map((entry) => readReportEntry(entry, utcOffsetMinutes));
  const reports = entries.filter((report) => report !== null);
  return { status, reports, unreadable: entries.length - reports.length };
}

/**
 * Reads one `<phone>` entry of a report. An entry with an unreadable time is still accepted: the status matters more.
 *
 * @returns `null` if its number or its code cannot be read
 */
export function readReportEntry(entry: XmlElement, utcOffsetMinutes: number): PhoneReport | null {
  const phone = leaf(entry, 'number')?.replace(/^\+/, '') ?? '';
  const code = leaf(entry, 'report') ?? '';
  if (!/^\d{1,20}$/.test(phone) || !/^\d{1,3}$/.test(code)) {
    return null;
  }
  const sendTime = leaf(entry, 'sendTime') ?? '';
  const rcvTime = leaf(entry, 'rcvTime') ?? '';
  return {
    phone,
    code,
    sendTime,
    rcvTime,
    sentAt: fromGatewayTime(sendTime, utcOffsetMinutes),
    deliveredAt: fromGatewayTime(rcvTime, utcOffsetMinutes),
  };
}
