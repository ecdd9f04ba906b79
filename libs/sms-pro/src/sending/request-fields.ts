import type { SmsProIssue } from '../errors/sms-pro.errors.js';
import { normalizePhone, type PhonePolicy } from '../message/phone.js';
import { senderFault } from '../message/sender.js';
import { normalizeText, textFault } from '../message/text.js';

/** Size of the metadata, at most, in bytes of JSON. */
const METADATA_BYTES = 8 * 1024;

/** The phones, normalized and without duplicates; faults are added to `issues`. */
export function phonesOf(to: unknown, policy: PhonePolicy, issues: SmsProIssue[]): string[] {
  const single = !Array.isArray(to);
  const list: readonly unknown[] = single ? [to] : to;
  if (list.length === 0) issues.push({ path: 'to', message: 'is empty: give one phone or several' });
  const phones = new Set<string>();
  for (const [index, entry] of list.entries()) {
    const path = single ? 'to' : `to[${index}]`;
    if (typeof entry !== 'string') {
      issues.push({ path, message: 'must be a string: a number loses its leading zeros' });
      continue;
    }
    const read = normalizePhone(entry, policy);
    if ('fault' in read) issues.push({ path, message: read.fault });
    else phones.add(read.phone);
  }
  return [...phones];
}

/** The sender, or the default one; faults are added to `issues`. */
export function senderOf(given: unknown, defaultSender: string | undefined, issues: SmsProIssue[]): string {
  const sender = given ?? defaultSender;
  if (typeof sender !== 'string') {
    issues.push({ path: 'sender', message: 'is missing: give one here, or a default in the options' });
    return '';
  }
  const fault = senderFault(sender);
  if (fault !== null) issues.push({ path: 'sender', message: fault });
  return sender;
}

/** The text, normalized; faults are added to `issues`. */
export function textOf(given: unknown, issues: SmsProIssue[]): string {
  if (typeof given !== 'string') return '';
  const text = normalizeText(given);
  const fault = textFault(text);
  if (fault !== null) issues.push({ path: 'text', message: fault });
  return text;
}

/** The metadata as JSON, or `null`; faults are added to `issues`. */
export function metadataOf(given: unknown, issues: SmsProIssue[]): string | null {
  if (given === undefined || given === null) return null;
  try {
    const json = JSON.stringify(given);
    const bytes = Buffer.byteLength(json);
    if (bytes > METADATA_BYTES) {
      issues.push({ path: 'metadata', message: `has ${bytes} bytes as JSON: at most ${METADATA_BYTES} are allowed` });
    }
    return json;
  } catch {
    issues.push({ path: 'metadata', message: 'cannot be written as JSON: give plain values without cycles' });
    return null;
  }
}

/** The epoch milliseconds of a valid Date, else `null`. */
export function epochOf(given: unknown): number | null {
  return given instanceof Date && !Number.isNaN(given.getTime()) ? given.getTime() : null;
}
