import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { SmsProInputError } from '../errors/sms-pro.errors.js';
import { HARD_TEXTS, thrownBy } from './wire.fixture.js';
import { children, leaf, readXml } from './xml-reader.js';
import { writeXml } from './xml-writer.js';

function readBack(document: Buffer): ReturnType<typeof readXml> {
  return readXml(document, { root: 'message', maxBytes: 1_000_000 });
}

describe('writeXml', () => {
  it('writes the form of the partner API', () => {
    const document = writeXml('message', { login: 'a', phones: { phone: ['1', '2'] }, test: '1' });
    expect(document.toString()).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>' +
        '<message><login>a</login><phones><phone>1</phone><phone>2</phone></phones><test>1</test></message>',
    );
    expect(writeXml('def', {}, { namespace: 'http://Giper.mobi/schema/PhoneDEF' }).toString()).toContain(
      '<def xmlns="http://Giper.mobi/schema/PhoneDEF">',
    );
  });

  it.each(HARD_TEXTS)('is read back as it was written: %j', (text) => {
    expect(leaf(readBack(writeXml('message', { text })), 'text')).toBe(text.trim());
  });

  it('is read back as it was written, whatever the text', () => {
    const hard = fc.constantFrom(...HARD_TEXTS, '&', '<', '>', ']]>', '"', "'", 'ң', '😀', '\uFFFD', '\n');
    fc.assert(
      fc.property(fc.array(fc.oneof(hard, fc.string({ unit: 'grapheme' })), { maxLength: 10 }), (parts) => {
        const text = `x${parts.join('')}x`;
        const root = readBack(writeXml('message', { text, phones: { phone: [text] } }));
        expect(leaf(root, 'text')).toBe(text);
        expect(children(root, 'phones').map((phones) => leaf(phones, 'phone'))).toEqual([text]);
      }),
    );
  });

  it('names every field XML cannot carry, and quotes none', () => {
    const error = thrownBy(() =>
      writeXml('message', { pwd: 'hunter2\u0000', text: 'ab\uD83D', phones: { phone: ['1', '2\uFFFF'] } }),
    );
    expect(error).toBeInstanceOf(SmsProInputError);
    expect(error).toMatchObject({
      issues: [
        { path: 'pwd', message: 'has a control character U+0000 at position 8, which XML forbids: remove it' },
        {
          path: 'text',
          message: 'has half of a surrogate pair U+D83D at position 3, which XML forbids: remove it',
        },
        { path: 'phones[1]', message: 'has a character U+FFFF at position 2, which XML forbids: remove it' },
      ],
    });
    expect(String(error)).not.toContain('hunter2');
  });
});
