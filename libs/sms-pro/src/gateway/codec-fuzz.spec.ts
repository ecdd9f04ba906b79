import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { SmsProProtocolError } from '../errors/sms-pro.errors.js';
import { decodeLookup } from './def.codec.js';
import { decodeGetReports } from './dr.codec.js';
import { decodeGetAccount } from './info.codec.js';
import { decodeSendPacket } from './message.codec.js';
import { readReportDocument } from './report-document.codec.js';
import { thrownBy } from './wire.fixture.js';
import { XmlError } from './xml-reader.js';

const ENTRY =
  '<phone><number>996550123456</number><report>3</report>' +
  '<sendTime>20110909032815</sendTime><rcvTime>20110909032820</rcvTime></phone>';

/** Each reader with a document it takes. */
const READERS: readonly (readonly [string, string, (bytes: Uint8Array) => unknown])[] = [
  [
    'message',
    '<?xml version="1.0" encoding="UTF-8"?><response xmlns="http://Giper.mobi/schema/Message"><id>a88726</id>' +
      '<status>7</status><phones>2</phones><smscnt>1</smscnt><message>плохо &amp; &#1041;</message></response>',
    (bytes) => decodeSendPacket({ bytes }),
  ],
  ['dr', `<response><status>0</status>${ENTRY}${ENTRY}</response>`, (bytes) => decodeGetReports({ bytes }, 360)],
  [
    'def',
    '<response><status>0</status><region>Бишкек , Бишкек</region><operator>MegaCom</operator>' +
      '<timezone>-1</timezone></response>',
    (bytes) => decodeLookup({ bytes }),
  ],
  [
    'info',
    '<response><status>0</status><state>0</state><account>-1.10</account><smsprice>0.50</smsprice></response>',
    (bytes) => decodeGetAccount({ bytes }),
  ],
  [
    'report',
    `<report xmlns="http://Giper.mobi/schema/DeliveryReport"><dr><id>a1</id>${ENTRY}</dr><dr><id>a2</id>${ENTRY}</dr></report>`,
    (bytes) => readReportDocument(bytes, { maxBytes: 65_536, maxEntries: 100, utcOffsetMinutes: 360 }),
  ],
];

/** What was thrown beside the typed errors; empty when all is well. */
function surprises(read: (bytes: Uint8Array) => unknown, bytes: Uint8Array): unknown[] {
  const error = thrownBy(() => read(bytes));
  const expected = error === undefined || error instanceof SmsProProtocolError || error instanceof XmlError;
  return expected ? [] : [error];
}

const TOKENS = [
  '< > </ /> & ; &# &#x " = <!-- --> <![CDATA[ ]]> <? ?> <!DOCTYPE <!ENTITY : xmlns <phone> </phone> <dr> <status>',
  '</response> __proto__ <constructor> <toString/> <#text> \0 \uFEFF \uFFFF \r\n я 0',
].flatMap((line) => line.split(' '));
const token = fc.constantFrom(...TOKENS, ' ');

describe.each(READERS)('the reader of %s', (_name, document, read) => {
  const bytes = Buffer.from(document, 'utf8');

  it('reads its document', () => {
    expect(thrownBy(() => read(bytes))).toBeUndefined();
  });

  it('refuses it when it is cut off at any byte', () => {
    const lengths = Array.from({ length: bytes.length }, (_, length) => length);
    const cuts = lengths.map((length) => thrownBy(() => read(bytes.subarray(0, length))));
    expect(cuts.filter((error) => !(error instanceof SmsProProtocolError || error instanceof XmlError))).toEqual([]);
  });

  it('gives a value or a typed error for random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (random) => {
        expect(surprises(read, random)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('gives a value or a typed error when bytes are changed', () => {
    const change = fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const changed = Uint8Array.from(bytes);
        for (const [index, value] of changes) {
          changed[index] = value;
        }
        expect(surprises(read, changed)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('gives a value or a typed error when markup is put in or taken out', () => {
    const edit = fc.record({ at: fc.nat({ max: document.length }), remove: fc.nat({ max: 20 }), insert: token });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 5 }), (edits) => {
        let edited = document;
        for (const { at, remove, insert } of edits) {
          edited = edited.slice(0, at) + insert + edited.slice(at + remove);
        }
        expect(surprises(read, Buffer.from(edited, 'utf8'))).toEqual([]);
      }),
      { numRuns: 1_000 },
    );
  });
});
