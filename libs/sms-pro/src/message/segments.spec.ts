import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { countWithGsmCharsetUtils, countWithSplitSms } from './segment-counters.fixture.js';
import { countSegments } from './segments.js';

const LATIN = 'Your code is 1234. @£$¥èéÇØΔΦΩÆß¤%';
const EXTENSION = '^{}\\[~]|€';
const gsmText = fc.string({ unit: fc.constantFrom(...LATIN, ...EXTENSION), maxLength: 800 });
const mixedText = fc.string({
  unit: fc.oneof(fc.constantFrom(...'Бишкек өүң ЁЎ abc', ...EXTENSION), fc.constantFrom('😀', '👩', 'ç', '`')),
  maxLength: 800,
});

describe('countSegments', () => {
  it.each([
    ['one SMS of Latin', 'a'.repeat(160), 'gsm7', 1, 160],
    ['one too many', 'a'.repeat(161), 'gsm7', 2, 161],
    ['two full parts', 'a'.repeat(306), 'gsm7', 2, 306],
    ['three parts', 'a'.repeat(307), 'gsm7', 3, 307],
    ['one SMS of Cyrillic', 'я'.repeat(70), 'ucs2', 1, 70],
    ['one Cyrillic too many', 'я'.repeat(71), 'ucs2', 2, 71],
    ['two full parts of Cyrillic', 'я'.repeat(134), 'ucs2', 2, 134],
    ['three parts of Cyrillic', 'я'.repeat(135), 'ucs2', 3, 135],
    ['88 Cyrillic characters, which the gateway counted 2', 'я'.repeat(88), 'ucs2', 2, 88],
    ['80 extension characters', '€'.repeat(80), 'gsm7', 1, 160],
    ['81 extension characters', '€'.repeat(81), 'gsm7', 2, 162],
    ['35 emoji', '😀'.repeat(35), 'ucs2', 1, 70],
    ['the empty text', '', 'gsm7', 1, 0],
  ] as const)('%s', (_title, text, encoding, segments, units) => {
    expect(countSegments(text)).toMatchObject({ encoding, segments, units });
  });

  it('cuts no extension character in two', () => {
    // 152 septets, then one that takes two: it opens the next part and leaves a septet unused.
    const text = `${'a'.repeat(152)}€${'a'.repeat(151)}`;
    expect(countSegments(text)).toMatchObject({ segments: 2, units: 305 });
    expect(countSegments(`${text}a`)).toMatchObject({ segments: 3, units: 306 });
  });

  it('cuts no surrogate pair in two', () => {
    const text = `${'я'.repeat(66)}😀${'я'.repeat(65)}`;
    expect(countSegments(text)).toMatchObject({ segments: 2, units: 133 });
    expect(countSegments(`${text}я`)).toMatchObject({ segments: 3, units: 134 });
  });

  it('names the characters that force UCS-2, each once', () => {
    expect(countSegments('Price: 5 сом «sale» 😀😀 сом').forcing).toEqual(['с', 'о', 'м', '«', '»', '😀']);
    expect(countSegments(LATIN + EXTENSION).forcing).toEqual([]);
    expect(countSegments('абвгдежзийклмнопрстуфхцчшщ').forcing).toHaveLength(20);
  });

  it('agrees with split-sms and gsm-charset-utils', () => {
    fc.assert(
      fc.property(fc.oneof(gsmText, mixedText, fc.string({ unit: 'grapheme', maxLength: 800 })), (text) => {
        fc.pre(text !== '');
        const { encoding, segments } = countSegments(text);
        const ours = { gsm7: encoding === 'gsm7', segments };
        expect(countWithSplitSms(text)).toEqual(ours);
        expect(countWithGsmCharsetUtils(text)).toEqual(ours);
      }),
      { numRuns: 500 },
    );
  });

  it('agrees with them on each single character', () => {
    const codes = Array.from({ length: 0x10000 }, (_, code) => code).filter((code) => code < 0xd800 || code > 0xdfff);
    const disputed = codes.filter((code) => {
      const character = String.fromCharCode(code);
      return (countSegments(character).encoding === 'gsm7') !== countWithGsmCharsetUtils(character).gsm7;
    });
    expect(disputed).toEqual([]);
  });
});
