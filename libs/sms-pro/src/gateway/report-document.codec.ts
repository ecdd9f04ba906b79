import type { IncomingReport } from '../message/incoming-report.js';
import { readReportEntry } from './dr.codec.js';
import { children, leaf, readXml, XmlError } from './xml-reader.js';

/** How to read a pushed document, and its limits. */
export interface ReadReportDocumentOptions {
  /** Content-Type of the push. The partner API does not say which one the gateway sends, so any is accepted. */
  readonly contentType?: string | undefined;
  /** Size of the document in bytes, at most. */
  readonly maxBytes: number;
  /** `<phone>` entries in the document, at most. */
  readonly maxEntries: number;
  /** Time zone of the times in it, in minutes east of UTC. */
  readonly utcOffsetMinutes: number;
}

const MAX_ID_LENGTH = 255;

/**
 * Reads a report document that the gateway pushes: `<report>` with one or more `<dr>`, each with one or more `<phone>`, in
 * any namespace and with any prefix. It is read completely or not at all, so that nothing is lost when it is pushed again.
 * Source: the partner API, section 2.1.
 *
 * @throws XmlError `too-large` above a limit; `malformed` if it is not a report document or an entry is unreadable
 */
export function readReportDocument(bytes: Uint8Array, options: ReadReportDocumentOptions): IncomingReport[] {
  const { contentType, maxBytes, maxEntries, utcOffsetMinutes } = options;
  const root = readXml(bytes, { root: 'report', contentType, maxBytes });
  const reports: IncomingReport[] = [];
  for (const dr of children(root, 'dr')) {
    const packetId = leaf(dr, 'id') ?? '';
    const entries = children(dr, 'phone');
    if (packetId === '' || packetId.length > MAX_ID_LENGTH || entries.length === 0) {
      throw new XmlError('malformed', 'a <dr> has no <id> or no <phone>');
    }
    if (reports.length + entries.length > maxEntries) {
      throw new XmlError('too-large', `it has more than ${maxEntries} phones`);
    }
    for (const entry of entries) {
      const report = readReportEntry(entry, utcOffsetMinutes);
      if (report === null) {
        throw new XmlError('malformed', 'a <phone> has no readable <number> or <report>');
      }
      reports.push({ packetId, ...report });
    }
  }
  if (reports.length === 0) {
    throw new XmlError('malformed', 'it has no <dr>');
  }
  return reports;
}
