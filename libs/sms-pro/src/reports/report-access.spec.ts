import { describe, expect, it } from '@jest/globals';
import { ManualClock } from '../message/manual-clock.fixture.js';
import { RefusalLog } from './refusal-log.js';
import { ReportAccess } from './report-access.js';
import { routeAdvice, type RouteSetup } from './route-advice.js';

const [OLD, NEW, STRANGE] = ['a-secret-of-the-path-0001', 'a-secret-of-the-path-0002', 'a-secret-of-the-path-0003'];
const HERE = '203.0.113.7';
const ELSEWHERE = '198.51.100.7';

describe('who may push', () => {
  it.each([
    ['anybody, where nothing is asked for', {}, undefined, ELSEWHERE, null],
    ['who knows the secret', { secret: OLD }, OLD, ELSEWHERE, null],
    ['who knows one of two', { secret: [OLD, NEW] }, OLD, ELSEWHERE, null],
    ['who knows the other of two', { secret: [OLD, NEW] }, NEW, ELSEWHERE, null],
    ['not who knows none of two', { secret: [OLD, NEW] }, STRANGE, HERE, 'secret'],
    ['not who brings none', { secret: OLD }, undefined, HERE, 'secret'],
    ['not who knows its beginning', { secret: OLD }, OLD.slice(0, -1), HERE, 'secret'],
    ['not who knows it in other letters', { secret: OLD }, OLD.toUpperCase(), HERE, 'secret'],
    ['who comes from a listed address', { allowedIps: ['203.0.113.0/24'] }, undefined, HERE, null],
    ['not who comes from another', { allowedIps: ['203.0.113.0/24'] }, undefined, ELSEWHERE, 'address'],
    ['not who comes from nowhere', { allowedIps: ['203.0.113.0/24'] }, undefined, undefined, 'address'],
    ['who has both', { secret: OLD, allowedIps: [HERE] }, OLD, HERE, null],
    ['not who has the secret alone', { secret: OLD, allowedIps: [HERE] }, OLD, ELSEWHERE, 'address'],
    ['not who has the address alone', { secret: OLD, allowedIps: [HERE] }, STRANGE, HERE, 'secret'],
  ] as const)('%s', (_who, rules, secret, address, fault) => {
    expect(new ReportAccess(rules).check(secret, address)).toBe(fault);
  });
});

describe('the log of pushes that were turned away', () => {
  const proxies = { trusted: 'nobody', remedy: 'TRUST IT' } as const;
  const refused = { fault: 'address', address: '10.0.0.1', isForwarded: false } as const;
  const aLog = () => {
    const lines: string[] = [];
    const clock = new ManualClock();
    return { lines, clock, log: new RefusalLog({ warn: (line) => void lines.push(line) }, clock) };
  };

  it('tells the address once a minute, and of a wrong path apart from it', () => {
    const { lines, clock, log } = aLog();
    for (let turn = 0; turn < 100; turn += 1) log.note(refused, proxies);
    log.note({ ...refused, fault: 'secret' }, proxies);
    expect(lines).toEqual([
      'A push from 10.0.0.1 was refused: the address is not in reports.allowedIps.',
      'A push was refused: its path does not end with a secret of reports.secret.',
    ]);
    clock.advance(59_999);
    log.note(refused, proxies);
    expect(lines).toHaveLength(2);
    clock.advance(1);
    log.note(refused, proxies);
    expect(lines).toHaveLength(3);
  });

  it.each([
    ['nobody', true, true],
    ['nobody', false, false],
    ['some', true, false],
    ['everybody', true, false],
  ] as const)('where %s is trusted and X-Forwarded-For is there (%s) says what to set: %s', (trusted, is, says) => {
    const { lines, log } = aLog();
    log.note({ ...refused, isForwarded: is }, { ...proxies, trusted });
    expect(lines[0]?.includes('TRUST IT')).toBe(says);
  });

  it('never repeats what a stranger wrote in the place of an address', () => {
    const { lines, log } = aLog();
    log.note({ ...refused, address: '<script>' }, proxies);
    expect(lines[0]).toContain('an unreadable address');
  });
});

describe('the advice at start', () => {
  const well: RouteSetup = {
    takesReports: true,
    isOpen: false,
    listsAddresses: true,
    confirm: false,
    polls: true,
    isProduction: true,
    proxies: { trusted: 'some', remedy: 'TRUST IT' },
  };
  const levels = (setup: Partial<RouteSetup>) => routeAdvice({ ...well, ...setup }).map(({ level }) => level);

  it('is silent where all is well, and where nobody takes reports', () => {
    expect(routeAdvice(well)).toEqual([]);
    const wrong = { isOpen: true, confirm: true, polls: false };
    expect(levels({ ...wrong, takesReports: false })).toEqual([]);
    expect(levels({ ...wrong, proxies: null })).toEqual([]);
  });

  it('warns of a route that is open, in production alone', () => {
    expect(levels({ isOpen: true, listsAddresses: false })).toEqual(['warn']);
    expect(levels({ isOpen: true, listsAddresses: false, isProduction: false })).toEqual([]);
  });

  it.each([
    ['nobody', 'log', /address of the connection.*TRUST IT/],
    ['everybody', 'warn', /X-Forwarded-For.*TRUST IT/],
  ] as const)('explains an address list where %s is trusted', (trusted, level, text) => {
    const proxies = { trusted, remedy: 'TRUST IT' };
    expect(routeAdvice({ ...well, proxies })).toEqual([{ level, text: expect.stringMatching(text) }]);
    expect(levels({ proxies, listsAddresses: false })).toEqual([]);
  });

  it('warns of hints that no process here acts on', () => {
    expect(levels({ confirm: true, polls: false })).toEqual(['warn']);
    expect(levels({ confirm: true })).toEqual([]);
  });
});
