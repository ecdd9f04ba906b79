import type { IncomingReport } from '../message/incoming-report.js';
import { readReportEntry } from './dr.codec.js';
import { children, leaf, readXml, XmlError } from './xml-reader.js';

/** Limits of a pushed document and how to read it. */
export interface ReadReportDocumentOptions {
  /** Content-Type of the push; the gateway's is not known, so any is taken. */
  readonly contentType?: string | undefined;
  /** Longest document, in bytes. */
  readonly maxBytes: number;
  /** Most `<phone>` entries in one document. */
  readonly maxEntries: number;
  /** Zone of the times, in minutes east of Greenwich. */
  readonly utcOffsetMinutes: number;
}

const MAX_ID_LENGTH = 255;

/**
 * Reads a report document the gateway pushes: `<report>` with one or many `<dr>`, each with one or many `<phone>`,
 * under any namespace and prefix. Read whole or not at all, so that a repeat of it brings all of it again.
 *
 * @throws XmlError `too-large` above a limit; `malformed` when it is no report document or an entry is unreadable.
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
