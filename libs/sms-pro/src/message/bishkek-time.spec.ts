import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { fromGatewayTime, toGatewayTime } from './bishkek-time.js';

const firstSecond = Date.UTC(1970, 0, 1) / 1000;
const lastSecond = Date.UTC(9999, 11, 31) / 1000;
const second = fc.integer({ min: firstSecond, max: lastSecond });

describe('toGatewayTime', () => {
  it('writes Bishkek time', () => {
    expect(toGatewayTime(Date.UTC(2010, 8, 21, 17, 59, 57))).toBe('20100921235957');
    expect(toGatewayTime(Date.UTC(2026, 11, 31, 18, 0, 0, 999))).toBe('20270101000000');
  });

  it('does not depend on the zone of the host', () => {
    fc.assert(
      fc.property(second, (at) => {
        const parts = new Intl.DateTimeFormat('sv-SE', {
          timeZone: 'Etc/GMT-6',
          dateStyle: 'short',
          timeStyle: 'medium',
        }).format(at * 1000);
        expect(toGatewayTime(at * 1000)).toBe(parts.replace(/\D/g, ''));
      }),
    );
  });

  it.each([[Number.NaN], [Number.POSITIVE_INFINITY], [Date.UTC(10_000, 0, 1)], [-1e15]])('refuses %p', (at) => {
    expect(() => toGatewayTime(at)).toThrow(RangeError);
  });
});

describe('fromGatewayTime', () => {
  it('reads back what was written', () => {
    fc.assert(
      fc.property(second, (at) => {
        expect(fromGatewayTime(toGatewayTime(at * 1000))).toBe(at * 1000);
      }),
    );
  });

  it('reads another zone', () => {
    expect(fromGatewayTime('20110909032815', 0)).toBe(Date.UTC(2011, 8, 9, 3, 28, 15));
    expect(fromGatewayTime(' 20110909032815 ')).toBe(Date.UTC(2011, 8, 8, 21, 28, 15));
  });

  it.each([
    [''],
    ['   '],
    ['2011090903281'],
    ['201109090328150'],
    ['2011-09-09T03:28'],
    ['20110231000000'],
    ['20111301000000'],
    ['20110100000000'],
    ['20110909240000'],
    ['20110909036000'],
    ['20110909030060'],
    ['00000000000000'],
    ['٢٠١١٠٩٠٩٠٣٢٨١٥'],
  ])('has no instant for %j', (raw) => {
    expect(fromGatewayTime(raw)).toBeNull();
  });

  it('never throws, and what it reads is written the same', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{14}$/)), (raw) => {
        const at = fromGatewayTime(raw);
        expect(at === null ? raw.trim() : toGatewayTime(at)).toBe(raw.trim());
      }),
    );
  });
});
