import { validateSync } from 'class-validator';
import { SmsProConfigError, type SmsProIssue } from '../errors/sms-pro.errors.js';
import { senderFault } from '../message/sender.js';
import { issuesOf } from '../message/validation-issues.js';
import { defaultDatabase } from './default-database.js';
import { ipRangeFault } from './ip-range.js';
import { OPTION_SECTIONS, type DispatchOptions, type ReportsOptions } from './option-sections.js';
import { DEFAULT_ACCOUNT, DEFAULT_EXTRAS, extrasIssues, reportPathOf, type SmsProExtras } from './sms-pro.extras.js';
import { AccountOptions, type ResolvedOptions } from './sms-pro.options.js';

/** Time, in ms, by which a lease must outlast the longest request. */
const LEASE_MARGIN_MS = 10_000;

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The defaults, overwritten by the given values; `undefined` keeps the default. */
function filled<T extends object>(type: new () => T, given: Record<string, unknown>): T {
  const stated = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return Object.assign(new type(), stated);
}

function checked<T extends object>(
  type: new () => T,
  given: Record<string, unknown>,
  path: string,
  issues: SmsProIssue[],
) {
  const section = filled(type, given);
  const errors = validateSync(section, {
    whitelist: true,
    forbidNonWhitelisted: true,
    validationError: { target: false },
  });
  issues.push(...issuesOf(errors, path));
  return section;
}

function crossIssues(account: AccountOptions, dispatch: DispatchOptions, reports: ReportsOptions): SmsProIssue[] {
  const issues: SmsProIssue[] = [];
  const least = account.timeoutMs + LEASE_MARGIN_MS;
  if (dispatch.leaseMs < least) {
    issues.push({
      path: 'dispatch.leaseMs',
      message: `must be at least timeoutMs + ${LEASE_MARGIN_MS} = ${least}: otherwise a worker could send a packet that another worker has taken over`,
    });
  }
  const sender = typeof account.sender === 'string' ? senderFault(account.sender) : null;
  if (sender !== null) issues.push({ path: 'sender', message: sender });
  if (account.scheduler !== undefined && typeof account.scheduler !== 'function') {
    issues.push({ path: 'scheduler', message: 'must be a function that makes a scheduler' });
  }
  for (const list of ['secret', 'allowedIps'] as const) {
    // An empty list would let everybody push: surely not what was meant.
    if (Array.isArray(reports[list]) && reports[list].length === 0) {
      issues.push({ path: `reports.${list}`, message: 'is an empty list: give at least one entry, or leave it out' });
    }
  }
  for (const [index, range] of (Array.isArray(reports.allowedIps) ? reports.allowedIps : []).entries()) {
    const fault = ipRangeFault(String(range));
    if (fault !== null) issues.push({ path: `reports.allowedIps[${index}]`, message: fault });
  }
  return issues;
}

/**
 * Fills in the defaults and checks all options, for `forRoot` and `forRootAsync` alike.
 * @throws SmsProConfigError that lists every fault
 */
export function resolveOptions(given: unknown, extras: SmsProExtras = {}): ResolvedOptions {
  if (!isRecord(given)) {
    throw new SmsProConfigError('SmsProModule got no options: give at least { login, password }.');
  }
  const issues = extrasIssues(extras);
  const own: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    if (Object.hasOwn(DEFAULT_EXTRAS, key)) {
      issues.push({
        path: key,
        message: 'belongs beside useFactory, not in the object that the factory returns',
      });
    } else if (!Object.hasOwn(OPTION_SECTIONS, key)) {
      own[key] = value;
    }
  }
  const account = checked(AccountOptions, own, '', issues);
  const section = <K extends keyof typeof OPTION_SECTIONS>(key: K): InstanceType<(typeof OPTION_SECTIONS)[K]> => {
    const value = given[key] ?? {};
    if (!isRecord(value)) {
      issues.push({ path: key, message: 'must be an object' });
      return new OPTION_SECTIONS[key]() as InstanceType<(typeof OPTION_SECTIONS)[K]>;
    }
    return checked<object>(OPTION_SECTIONS[key], value, key, issues) as InstanceType<(typeof OPTION_SECTIONS)[K]>;
  };
  const name = extras.name ?? DEFAULT_ACCOUNT;
  const resolved: ResolvedOptions = {
    ...account,
    account: name,
    reportPath: reportPathOf(extras),
    database: account.database ?? defaultDatabase(name),
    dispatch: section('dispatch'),
    reports: section('reports'),
    polling: section('polling'),
    balance: section('balance'),
    lookup: section('lookup'),
    events: section('events'),
    retention: section('retention'),
    phones: section('phones'),
    http: section('http'),
  };
  issues.push(...crossIssues(account, resolved.dispatch, resolved.reports));
  if (issues.length > 0) throw new SmsProConfigError(issues);
  return resolved;
}
