import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { maskPhone, maskPhonesIn, normalizePhone } from './phone.js';

const nationalPart = fc.stringMatching(/^[0-9]{9}$/);
const ornament = fc.constantFrom(
  '',
  ' ',
  '-',
  '.',
  '(',
  ')',
  '\u00A0',
  '\u2011',
  '\u2013',
  '\u2212',
  '\u202F',
  '\u202A',
);

function decorate(digits: string, ornaments: readonly string[]): string {
  return [...digits].map((digit, index) => (ornaments[index] ?? '') + digit).join('');
}

describe('normalizePhone', () => {
  it.each([
    ['996550123456'],
    ['+996550123456'],
    ['00996550123456'],
    ['0550123456'],
    ['+996 (550) 12-34-56'],
    ['0 (550) 12 34 56'],
    ['996.550.123.456'],
    ['+996\u00A0550\u2011123\u2013456'],
    ['\u202A+996 550 123 456\u202C'],
  ])('reads %j', (written) => {
    expect(normalizePhone(written)).toEqual({ phone: '996550123456' });
  });

  it('reads every number however it is decorated', () => {
    fc.assert(
      fc.property(
        nationalPart,
        fc.constantFrom('996', '+996', '00996', '0'),
        fc.array(ornament, { maxLength: 20 }),
        (national, prefix, ornaments) => {
          const plus = prefix.startsWith('+') ? '+' : '';
          const written = plus + decorate(prefix.replace('+', '') + national, ornaments);
          // 0 and a national part that begins with 0 reads as the prefix 00: no operator has such a number.
          fc.pre(!(prefix === '0' && national.startsWith('0')));
          expect(normalizePhone(written)).toEqual({ phone: `996${national}` });
        },
      ),
    );
  });

  it('says what is wrong without showing the number', () => {
    expect(normalizePhone('99655012345')).toEqual({
      fault: '"99655****45" has 11 digits, a Kyrgyz number has 12 (996XXXXXXXXX)',
    });
    expect(normalizePhone('+7 916 123-45-678')).toEqual({
      fault: '"79161*****78" does not begin with 996, a Kyrgyz number has 12 digits (996XXXXXXXXX)',
    });
    expect(normalizePhone(' + ')).toEqual({ fault: 'is empty, a Kyrgyz number has 12 digits (996XXXXXXXXX)' });
    expect(normalizePhone('bakyt@example.kg')).toEqual({
      fault:
        'has a character that is neither a digit nor a space, dash or bracket, a Kyrgyz number has 12 digits (996XXXXXXXXX)',
    });
  });

  it.each([['12E5'], ['٠٥٥٠١٢٣٤٥٦'], ['996550123456;996550123457'], ['+996+550123456'], ['9'.repeat(5000)]])(
    'refuses %j',
    (written) => {
      expect(normalizePhone(written)).toHaveProperty('fault');
    },
  );

  it('gives digits of the policy or a short fault for any input, and its own result again', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[+0-9 ()-]{0,20}$/)), (written) => {
        const read = normalizePhone(written);
        const phone = 'phone' in read ? read.phone : '996550123456';
        const fault = 'fault' in read ? read.fault : '';
        expect(phone).toMatch(/^996\d{9}$/);
        expect(normalizePhone(phone)).toEqual({ phone });
        expect(fault.length).toBeLessThan(200);
        expect(fault).not.toMatch(/\d{9}/);
      }),
    );
  });

  it('takes the rule of another country', () => {
    const kazakhstan = { countryCode: '7', nationalDigits: 10 };
    expect(normalizePhone('+7 701 123 45 67', kazakhstan)).toEqual({ phone: '77011234567' });
    expect(normalizePhone('996550123456', kazakhstan)).toEqual({
      fault: '"99655*****56" has 12 digits, a number has 11 (7XXXXXXXXXX)',
    });
  });
});

describe('maskPhone', () => {
  it('keeps the first five and the last two', () => {
    expect(maskPhone('996550123456')).toBe('99655*****56');
  });

  it('hides a short value whole', () => {
    expect(maskPhone('123456789')).toBe('*********');
    expect(maskPhone('')).toBe('');
  });
});

describe('maskPhonesIn', () => {
  it('hides each number and leaves the rest', () => {
    expect(maskPhonesIn('Bad: 996550123456, +996 (550) 12-34-57; order 12345678 of 2026-11-22')).toBe(
      'Bad: 99655*****56, 99655*****57; order 12345678 of 2026-11-22',
    );
  });

  it('leaves no number in any text, however it is decorated', () => {
    fc.assert(
      fc.property(
        fc.string(),
        nationalPart,
        fc.array(fc.constantFrom('', ' ', '-', '(', ')', '+', '.'), { maxLength: 12 }),
        fc.string(),
        (before, national, ornaments, after) => {
          const masked = maskPhonesIn(`${before} ${decorate(`996${national}`, ornaments)} ${after}`);
          expect(masked.replace(/[\s().+-]/g, '')).not.toContain(`996${national}`);
        },
      ),
    );
  });

  it('is quick on a text made to be slow', () => {
    const hostile = '1 '.repeat(8) + ' '.repeat(100_000) + '1    1'.repeat(20_000) + 'x';
    expect(maskPhonesIn(hostile)).toContain('*');
  });
});
