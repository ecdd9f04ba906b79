import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { MAX_TEXT_LENGTH, normalizeText, textFault, xmlForbidden } from './text.js';

/** The same rule in other words: the `Char` production of XML 1.0, code point by code point. */
function isXmlCharacter(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return (
    code === 0x9 ||
    code === 0xa ||
    code === 0xd ||
    (code >= 0x20 && code <= 0xd7ff) ||
    (code >= 0xe000 && code <= 0xfffd) ||
    code >= 0x10000
  );
}

describe('normalizeText', () => {
  it('turns every line end into LF', () => {
    expect(normalizeText('a\r\nb\rc\nd\r\r\n')).toBe('a\nb\nc\nd\n\n');
  });
});

describe('textFault', () => {
  it.each([['Ваш код 1234'], ['Салам, өкмөт ңүү 😀'], ['a & b < c > "d" \' ]]>'], ['a\tb\r\nc'], ['x'.repeat(800)]])(
    'takes %j',
    (text) => {
      expect(textFault(text)).toBeNull();
    },
  );

  it('counts after the line ends are made one', () => {
    expect(textFault('a\r\n'.repeat(MAX_TEXT_LENGTH / 2))).toBeNull();
  });

  it.each([
    ['', 'is empty: give at least one visible character'],
    [' \n\u00A0', 'is empty: give at least one visible character'],
    ['x'.repeat(812), 'has 812 characters, the gateway takes 800'],
    ['😀'.repeat(401), 'has 802 characters, the gateway takes 800'],
    ['secret code\u0007', 'has a control character U+0007 at position 12, which XML forbids: remove it'],
    ['\uFFFE', 'has a character U+FFFE at position 1, which XML forbids: remove it'],
    ['😀\uFFFF', 'has a character U+FFFF at position 3, which XML forbids: remove it'],
    ['ab\uD83D', 'has half of a surrogate pair U+D83D at position 3, which XML forbids: remove it'],
    ['\uDE00\uD83D', 'has half of a surrogate pair U+DE00 at position 1, which XML forbids: remove it'],
  ])('refuses %j', (text, fault) => {
    expect(textFault(text)).toBe(fault);
  });

  it('finds exactly what XML 1.0 leaves out', () => {
    const characters = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));
    expect(characters.filter((character) => xmlForbidden.test(character) === isXmlCharacter(character))).toEqual([]);
  });

  it('judges a text by its characters', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 100 }),
        fc.constantFrom('', '\uD800', '\uDC00'),
        (text, extra) => {
          const given = `${text}x${extra}`;
          expect(textFault(given) === null).toBe([...normalizeText(given)].every((one) => isXmlCharacter(one)));
        },
      ),
    );
  });
});
