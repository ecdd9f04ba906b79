import { describe, expect, it } from '@jest/globals';
import { array, assert, constantFrom, oneof, property, string, tuple } from 'fast-check';
import { DEFAULT_PHONE_POLICY } from '../message/phone.js';
import { checkRequest, isPlain, shapeFaults } from './check-request.js';

const FIELDS = [
  'to',
  'text',
  'sender',
  'sendAt',
  'validUntil',
  'priority',
  'idempotencyKey',
  'reference',
  'metadata',
  'test',
  'sensitive',
  'txt',
  'toString',
  '__proto__',
];

const value = oneof(
  string({ maxLength: 300 }),
  string({ minLength: 250, maxLength: 260, unit: 'grapheme' }),
  constantFrom(undefined, null, '', 'high', true, 5, Number.NaN, [], ['996555123456'], {}, new Date(0)),
);

const entries = array(tuple(constantFrom(...FIELDS), value), { maxLength: 5 });

describe('the short way to check a request', () => {
  it('lets nothing through that class-validator finds a fault in', () => {
    assert(
      property(string(), string(), entries, (to, text, others) => {
        const request: Record<string, unknown> = Object.fromEntries([['to', to], ['text', text], ...others]);
        expect(isPlain(request) ? shapeFaults(request) : []).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each(['__proto__', 'constructor'])('a field called %s is a fault as any unknown field', (path) => {
    const request = JSON.parse(`{ "to": "996555123456", "text": 5, "${path}": { "text": "Hello" } }`) as Record<
      string,
      unknown
    >;
    expect(isPlain(request)).toBe(false);
    expect(shapeFaults(request).map((issue) => issue.path)).toEqual(['text', path]);
  });

  it('sees own fields alone, as the other one does: what a request inherits is no part of it', () => {
    const inherits = Object.assign(Object.create({ priority: 'urgent', text: 'Hello' }) as object, {
      to: '0555123456',
    });
    const defaults = { sender: 'My-company', test: false, phones: DEFAULT_PHONE_POLICY, maxAgeMs: 1_000 };
    expect(() => checkRequest(inherits, defaults, 0)).toThrow(/text must be a string/);
    expect(checkRequest(Object.assign(inherits, { text: 'Hello' }), defaults, 0)).toMatchObject({ priority: 'normal' });
  });

  it('is taken by what a campaign is made of', () => {
    expect(isPlain({ to: '996555123456', text: 'Spring sale', reference: '17' })).toBe(true);
    expect(isPlain({ to: '996555123456', text: 'Spring sale', refrence: '17' })).toBe(false);
    expect(isPlain({ to: '996555123456' })).toBe(false);
  });
});
