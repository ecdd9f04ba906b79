import { validateSync } from 'class-validator';
import { SmsProInputError, type SmsProIssue } from '../errors/sms-pro.errors.js';
import { normalizePhone, type PhonePolicy } from '../message/phone.js';
import type { Priority } from '../message/priority.js';
import { countSegments, type Segmentation } from '../message/segments.js';
import { senderFault } from '../message/sender.js';
import { normalizeText, textFault } from '../message/text.js';
import { issuesOf, UNKNOWN_FIELD } from '../message/validation-issues.js';
import { SendSmsShape, type SendSmsRequest } from './send-sms.request.js';

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
const MAX_ISSUES = 100;

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

/** The fields of nearly every request, and what of them class-validator has nothing to say about. */
const PLAIN_FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  to: (value) => typeof value === 'string' && value !== '',
  text: (value) => typeof value === 'string',
  sender: (value) => typeof value === 'string',
  reference: (value) => typeof value === 'string' && value.length <= 255,
};

/**
 * Whether a request has the simplest of shapes, in which class-validator can find no fault. To ask it takes longer than
 * all the rest, and a campaign has a million of them.
 */
export function isPlain(request: Readonly<Record<string, unknown>>): boolean {
  if (!Object.hasOwn(request, 'to') || !Object.hasOwn(request, 'text')) return false;
  for (const name of Object.keys(request)) {
    if (!Object.hasOwn(PLAIN_FIELDS, name) || PLAIN_FIELDS[name]?.(request[name]) !== true) return false;
  }
  return true;
}

/** Names under which a request would take the place of the shape's own class, and class-validator see nothing of it. */
const HIDING = ['__proto__', 'constructor'];

/** What class-validator finds wrong with the shape of a request. */
export function shapeFaults(request: Readonly<Record<string, unknown>>): SmsProIssue[] {
  const hiding = HIDING.filter((name) => Object.hasOwn(request, name));
  const others = Object.entries(request).filter(([name]) => !HIDING.includes(name));
  const faults = issuesOf(
    validateSync(Object.assign(new SendSmsShape(), Object.fromEntries(others)), {
      whitelist: true,
      forbidNonWhitelisted: true,
      validationError: { target: false, value: false },
    }),
  );
  return [...faults, ...hiding.map((path) => ({ path, message: UNKNOWN_FIELD }))];
}

/**
 * Checks a request and fills in what it leaves out.
 * @throws SmsProInputError that lists every fault; nothing was stored
 */
export function checkRequest(request: unknown, defaults: SendDefaults, now: number): CheckedRequest {
  if (!isRecord(request)) {
    throw new SmsProInputError([{ path: '', message: 'must be an object such as { to, text }' }]);
  }
  // Its own fields alone: what it inherits nobody checks.
  const own = { ...request };
  const shape: Partial<Record<keyof SendSmsRequest, unknown>> = own;
  const issues = isPlain(own) ? [] : shapeFaults(own);
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
  if (issues.length <= MAX_ISSUES) return [...issues];
  const more = issues.length - MAX_ISSUES;
  return [...issues.slice(0, MAX_ISSUES), { path: '', message: `and ${more} more` }];
}
