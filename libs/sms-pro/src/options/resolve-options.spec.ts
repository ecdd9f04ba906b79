import { describe, expect, it } from '@jest/globals';
import { SmsProConfigError } from '../errors/sms-pro.errors.js';
import { resolveOptions } from './resolve-options.js';
import { extrasIssues, reportPathOf } from './sms-pro.extras.js';

const LEAST = { login: 'my-login', password: 'my-password' };

function pathsOf(options: unknown, extras = {}): string[] {
  try {
    resolveOptions(options, extras);
    return [];
  } catch (error) {
    if (error instanceof SmsProConfigError) return error.issues.map(({ path }) => path);
    throw error;
  }
}

describe('the options', () => {
  it('have defaults for all but the credentials', () => {
    expect(resolveOptions(LEAST)).toMatchObject({
      account: 'default',
      baseUrl: 'https://smspro.nikita.kg',
      timeoutMs: 30_000,
      connectTimeoutMs: 5_000,
      test: false,
      database: { type: 'better-sqlite3', database: 'data/sms-pro.sqlite' },
      dispatch: {
        enabled: true,
        uncertainDelayMs: 5_000,
        repeatAfterMs: 30_000,
        leaseMs: 60_000,
        maxAgeMs: 86_400_000,
        verifyFirst: false,
      },
      polling: { staleAfterMs: 120_000, giveUpAfterMs: 259_200_000 },
      reports: { enabled: true, confirm: false, maxBodyBytes: 1_048_576 },
      events: { enabled: true, recipients: 'all' },
      phones: { countryCode: '996', nationalDigits: 9 },
    });
  });

  it('a named instance has a file of its own', () => {
    expect(resolveOptions(LEAST, { name: 'bank' })).toMatchObject({
      account: 'bank',
      database: { database: 'data/sms-pro.bank.sqlite' },
    });
  });

  it('what is undefined takes its default', () => {
    expect(resolveOptions({ ...LEAST, timeoutMs: undefined, dispatch: { concurrency: undefined } })).toMatchObject({
      timeoutMs: 30_000,
      dispatch: { concurrency: 8 },
    });
  });

  it.each([
    ['one secret', { reports: { secret: 'a-secret-of-the-path-0001' } }],
    ['two secrets', { reports: { secret: ['a-secret-of-the-path-0001', 'a-secret-of-the-path-0002'] } }],
    ['addresses and ranges', { reports: { allowedIps: ['203.0.113.7', '203.0.113.0/24', '2001:db8::/32'] } }],
    ['a repeat that never comes', { dispatch: { repeatAfterMs: Number.POSITIVE_INFINITY } }],
    ['a gateway on this machine', { baseUrl: 'http://127.0.0.1:8025' }],
    ['a numeric sender', { sender: '4545' }],
  ])('%s is right', (_what, options) => {
    expect(pathsOf({ ...LEAST, ...options })).toEqual([]);
  });

  it.each([
    ['nothing', undefined, ['']],
    ['no credentials', {}, ['login', 'password']],
    ['a sender in Cyrillic', { ...LEAST, sender: 'Банк' }, ['sender']],
    ['a base URL without a protocol', { ...LEAST, baseUrl: 'smspro.nikita.kg' }, ['baseUrl']],
    ['a time in seconds', { ...LEAST, timeoutMs: 30 }, ['timeoutMs']],
    ['half a millisecond', { ...LEAST, connectTimeoutMs: 99.5 }, ['connectTimeoutMs']],
    ['a number as text', { ...LEAST, dispatch: { concurrency: '8' } }, ['dispatch.concurrency']],
    ['a section that is no object', { ...LEAST, polling: true }, ['polling']],
    ['a misspelt section', { ...LEAST, pooling: {} }, ['pooling']],
    ['a lease shorter than its request', { ...LEAST, timeoutMs: 60_000 }, ['dispatch.leaseMs']],
    ['money as a number', { ...LEAST, balance: { lowBelow: 500 } }, ['balance.lowBelow']],
    [
      'a range that is none',
      { ...LEAST, reports: { allowedIps: ['10.0.0.0/8', 'localhost'] } },
      ['reports.allowedIps[1]'],
    ],
    ['a scheduler that is no factory', { ...LEAST, scheduler: {} }, ['scheduler']],
    ['an extra among them', { ...LEAST, name: 'bank' }, ['name']],
  ])('%s: %p is refused by its place', (_what, options, paths) => {
    expect(pathsOf(options)).toEqual(paths);
  });

  it('the extras are checked with them', () => {
    expect(pathsOf(LEAST, { name: 'a bank' })).toEqual(['name']);
    expect(extrasIssues({ reportPath: 'reports/:id' }).map(({ path }) => path)).toEqual(['reportPath']);
    expect(reportPathOf({ reportPath: '/my/reports/' })).toBe('my/reports');
    expect(reportPathOf({ name: 'bank' })).toBe('sms-pro/bank/reports');
  });

  it('no fault quotes the password', () => {
    expect(() => resolveOptions({ login: 1, password: 'hunter2'.repeat(60) })).toThrow(/^(?!.*hunter2)/);
  });
});
