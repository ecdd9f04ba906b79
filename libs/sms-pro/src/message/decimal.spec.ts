import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { compareDecimals, timesDecimal } from './decimal.js';

const money = fc.tuple(fc.integer({ min: -999_999, max: 999_999 }), fc.nat(4)).map(([units, scale]) => {
  const digits = Math.abs(units)
    .toString()
    .padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  return {
    text: `${units < 0 ? '-' : ''}${whole}${scale > 0 ? `.${digits.slice(-scale)}` : ''}`,
    value: units / 10 ** scale,
  };
});

describe('money as decimal strings', () => {
  it.each([
    ['0.10', '0.1', 0],
    ['-0.01', '0', -1],
    ['20123.12', '20123.119', 1],
    ['99999999999999999999.99', '99999999999999999999.98', 1],
  ])('%s against %s', (a, b, expected) => {
    expect(compareDecimals(a, b)).toBe(expected);
  });

  it('compares as numbers do', () => {
    fc.assert(
      fc.property(money, money, (a, b) => {
        expect(Math.sign(compareDecimals(a.text, b.text))).toBe(Math.sign(a.value - b.value));
      }),
    );
  });

  it('multiplies exactly', () => {
    expect(timesDecimal('0.50', 3)).toBe('1.50');
    expect(timesDecimal('-0.05', 1)).toBe('-0.05');
    expect(timesDecimal('7', 3)).toBe('21');
    fc.assert(
      fc.property(money, fc.nat(50), (a, times) => {
        let sum = 0;
        for (let turn = 0; turn < times; turn += 1) sum += a.value;
        return Math.abs(Number(timesDecimal(a.text, times)) - sum) < 1e-4;
      }),
    );
  });
});
