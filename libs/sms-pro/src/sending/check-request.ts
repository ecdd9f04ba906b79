import { validateSync } from 'class-validator';
import { SmsProInputError, type SmsProIssue } from '../errors/sms-pro.errors.js';
import type { PhonePolicy } from '../message/phone.js';
import type { Priority } from '../message/priority.js';
import { countSegments, type Segmentation } from '../message/segments.js';
import { issuesOf, UNKNOWN_FIELD } from '../message/validation-issues.js';
import { epochOf, metadataOf, phonesOf, senderOf, textOf } from './request-fields.js';
import { SendSmsShape, type SendSmsRequest } from './send-sms.request.js';

/** The defaults for what a request leaves out. */
export interface SendDefaults {
  readonly sender: string | undefined;
  readonly test: boolean;
  readonly phones: PhonePolicy;
  readonly maxAgeMs: number;
  /** @default 'normal' */
  readonly priority?: Priority;
}

/** A request that has passed all checks. */
export interface CheckedRequest {
  /** Normalized, without duplicates, in the order given. */
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

/** Faults that one error lists, at most: a million bad phones must not become a message of that length. */
const MAX_ISSUES = 100;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields of most requests. Where these checks pass, class-validator finds no fault either. */
const PLAIN_FIELDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  to: (value) => typeof value === 'string' && value !== '',
  text: (value) => typeof value === 'string',
  sender: (value) => typeof value === 'string',
  reference: (value) => typeof value === 'string' && value.length <= 255,
};

/**
 * Whether a request is so simple that class-validator can find no fault in it. Running class-validator takes longer than
 * all other checks together, and a campaign can have a million requests.
 */
export function isPlain(request: Readonly<Record<string, unknown>>): boolean {
  if (!Object.hasOwn(request, 'to') || !Object.hasOwn(request, 'text')) return false;
  for (const name of Object.keys(request)) {
    if (!Object.hasOwn(PLAIN_FIELDS, name) || PLAIN_FIELDS[name]?.(request[name]) !== true) return false;
  }
  return true;
}

/** Fields that would replace the class of the shape, so that class-validator would check nothing. */
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
 * Checks a request and fills in the defaults.
 * @throws SmsProInputError that lists every fault; nothing was stored
 */
export function checkRequest(request: unknown, defaults: SendDefaults, now: number): CheckedRequest {
  if (!isRecord(request)) {
    throw new SmsProInputError([{ path: '', message: 'must be an object such as { to, text }' }]);
  }
  // Only its own fields: inherited ones are not checked.
  const own = { ...request };
  const shape: Partial<Record<keyof SendSmsRequest, unknown>> = own;
  const issues = isPlain(own) ? [] : shapeFaults(own);
  const to = shape.to;
  const phones = to === undefined || to === null || to === '' ? [] : phonesOf(to, defaults.phones, issues);
  const text = textOf(shape.text, issues);
  const sender = senderOf(shape.sender, defaults.sender, issues);
  const metadata = metadataOf(shape.metadata, issues);
  const sendAt = epochOf(shape.sendAt);
  const validUntil = epochOf(shape.validUntil);
  const dueAt = Math.max(now, sendAt ?? now);
  if (validUntil !== null && validUntil <= dueAt) {
    const path = 'validUntil';
    issues.push({
      path,
      message: sendAt === null ? 'is in the past: the message could never be sent' : 'must be after sendAt',
    });
  }
  if (typeof shape.reference === 'string' && shape.reference.includes('\0')) {
    issues.push({ path: 'reference', message: 'has the character U+0000, which databases cannot store: remove it' });
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
