import { validateSync } from 'class-validator';
import { SmsProInputError, type SmsProIssue } from '../errors/sms-pro.errors.js';
import { normalizePhone, type PhonePolicy } from '../message/phone.js';
import type { Priority } from '../message/priority.js';
import { countSegments, type Segmentation } from '../message/segments.js';
import { senderFault } from '../message/sender.js';
import { normalizeText, textFault } from '../message/text.js';
import { issuesOf } from '../message/validation-issues.js';
import { SendSmsShape } from './send-sms.request.js';

/** What the request may leave to the options. */
export interface SendDefaults {
  readonly sender: string | undefined;
  readonly test: boolean;
  readonly phones: PhonePolicy;
  readonly maxAgeMs: number;
  /** @default 'normal' */
  readonly priority?: Priority;
}

/** A request without a fault. */
export interface CheckedRequest {
  /** Normalised, each once, in the order given. */
  readonly phones: readonly string[];
  readonly text: string;
  readonly segments: Segmentation;
  readonly sender: string;
  readonly sendAt: number | null;
  readonly validUntil: number | null;
  readonly deadlineAt: number;
  readonly priority: Priority;
  readonly idempotencyKey: string | null;
  readonly reference: string | null;
  /** JSON text. */
  readonly metadata: string | null;
  readonly test: boolean;
  readonly sensitive: boolean;
}

/** Largest metadata, in bytes of JSON. */
const METADATA_BYTES = 8 * 1024;

/** Most faults one error lists: a list of a million bad phones must not make a message of it. */
const MOST_ISSUES = 100;

function phonesOf(to: unknown, policy: PhonePolicy, issues: SmsProIssue[]): string[] {
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

function senderOf(given: unknown, defaults: SendDefaults, issues: SmsProIssue[]): string {
  const sender = given ?? defaults.sender;
  if (typeof sender !== 'string') {
    issues.push({ path: 'sender', message: 'is missing: name one here, or a default in the options' });
    return '';
  }
  const fault = senderFault(sender);
  if (fault !== null) issues.push({ path: 'sender', message: fault });
  return sender;
}

function textOf(given: unknown, issues: SmsProIssue[]): string {
  if (typeof given !== 'string') return '';
  const text = normalizeText(given);
  const fault = textFault(text);
  if (fault !== null) issues.push({ path: 'text', message: fault });
  return text;
}

function metadataOf(given: unknown, issues: SmsProIssue[]): string | null {
  if (given === undefined || given === null) return null;
  try {
    const json = JSON.stringify(given);
    const bytes = Buffer.byteLength(json);
    if (bytes > METADATA_BYTES) {
      issues.push({ path: 'metadata', message: `has ${bytes} bytes as JSON, it may have ${METADATA_BYTES}` });
    }
    return json;
  } catch {
    issues.push({ path: 'metadata', message: 'cannot be written as JSON: give plain values without cycles' });
    return null;
  }
}

function epochOf(given: unknown): number | null {
  return given instanceof Date && !Number.isNaN(given.getTime()) ? given.getTime() : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Checks a request and fills in what it leaves out.
 * @throws SmsProInputError that lists every fault; nothing was stored
 */
export function checkRequest(request: unknown, defaults: SendDefaults, now: number): CheckedRequest {
  if (!isRecord(request)) {
    throw new SmsProInputError([{ path: '', message: 'must be an object such as { to, text }' }]);
  }
  const shape = Object.assign(new SendSmsShape(), request);
  const issues = issuesOf(
    validateSync(shape, {
      whitelist: true,
      forbidNonWhitelisted: true,
      validationError: { target: false, value: false },
    }),
  );
  const to = shape.to;
  const phones = to === undefined || to === null || to === '' ? [] : phonesOf(to, defaults.phones, issues);
  const text = textOf(shape.text, issues);
  const sender = senderOf(shape.sender, defaults, issues);
  const metadata = metadataOf(shape.metadata, issues);
  const sendAt = epochOf(shape.sendAt);
  const validUntil = epochOf(shape.validUntil);
  const dueAt = Math.max(now, sendAt ?? now);
  if (validUntil !== null && validUntil <= dueAt) {
    const path = 'validUntil';
    issues.push({ path, message: sendAt === null ? 'is in the past: it could never be sent' : 'must be after sendAt' });
  }
  if (typeof shape.reference === 'string' && shape.reference.includes('\0')) {
    issues.push({ path: 'reference', message: 'has a character U+0000, which no database keeps: take it out' });
  }
  if (issues.length > 0) throw new SmsProInputError(bounded(issues));
  const latest = dueAt + defaults.maxAgeMs;
  return {
    phones,
    text,
    segments: countSegments(text),
    sender,
    sendAt: sendAt !== null && sendAt > now ? sendAt : null,
    validUntil,
    deadlineAt: Math.min(validUntil ?? latest, latest),
    priority: (shape.priority as Priority | undefined) ?? defaults.priority ?? 'normal',
    idempotencyKey: (shape.idempotencyKey as string | undefined) ?? null,
    reference: (shape.reference as string | undefined) ?? null,
    metadata,
    test: defaults.test || shape.test === true,
    sensitive: shape.sensitive === true,
  };
}

function bounded(issues: readonly SmsProIssue[]): SmsProIssue[] {
  if (issues.length <= MOST_ISSUES) return [...issues];
  const more = issues.length - MOST_ISSUES;
  return [...issues.slice(0, MOST_ISSUES), { path: '', message: `and ${more} more` }];
}
