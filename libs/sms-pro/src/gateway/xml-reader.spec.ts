import { describe, expect, it } from '@jest/globals';
import { children, leaf, readXml, XmlError, type ReadXmlOptions } from './xml-reader.js';
import { thrownBy } from './wire.fixture.js';

const OPTIONS: ReadXmlOptions = { root: 'response', maxBytes: 10_000 };

function read(xml: string | Uint8Array, options: Partial<ReadXmlOptions> = {}): ReturnType<typeof readXml> {
  return readXml(typeof xml === 'string' ? Buffer.from(xml, 'utf8') : xml, { ...OPTIONS, ...options });
}

/** Windows-1251 of the Russian letters, by hand: Node encodes to UTF-8 alone. */
function windows1251(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => {
    const code = character.charCodeAt(0);
    return code >= 0x410 && code <= 0x44f ? code - 0x410 + 0xc0 : code;
  });
}

function utf16(text: string, order: 'le' | 'be'): Buffer {
  const bytes = Buffer.from(`\uFEFF${text}`, 'utf16le');
  return order === 'le' ? bytes : bytes.swap16();
}

describe('readXml', () => {
  it.each([
    ['no namespace', '<response><status>0</status></response>'],
    ['a default namespace', '<response xmlns="http://Giper.mobi/schema/Message"><status>0</status></response>'],
    ['a prefix', '<g:response xmlns:g="http://Giper.mobi/schema/Message"><g:status>0</g:status></g:response>'],
    ['a prefix of some other name', '<x:response xmlns:x="urn:x"><status>0</status></x:response>'],
    [
      'a declaration',
      '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<response><status>0</status></response>',
    ],
    ['a byte order mark', '\uFEFF<?xml version="1.0"?><response><status>0</status></response>'],
    ['a comment and an instruction', '<!-- a --><?go now?><response><!-- b --><status>0</status></response>\n'],
    ['attributes', '<response a="1" b=\'>\'><status c="2">0</status></response>'],
    ['CDATA and spaces', '<response><status> <![CDATA[ 0 ]]> </status></response>'],
    ['a numeric reference', '<response><status>&#48;</status></response>'],
  ])('finds an element under %s', (_title, xml) => {
    expect(leaf(read(xml), 'status')).toBe('0');
  });

  it('keeps every leaf a string', () => {
    const root = read(
      '<response><a>000123</a><b>12E5</b><c>0x1F</c><d>true</d><e>1.50</e><f>996550123456</f></response>',
    );
    expect(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => leaf(root, name))).toEqual([
      '000123',
      '12E5',
      '0x1F',
      'true',
      '1.50',
      '996550123456',
    ]);
  });

  it('decodes the five names and numeric references', () => {
    const root = read('<response><m>&lt;&gt;&amp;&quot;&apos;&#1041;&#x1F600;&#x00041;&amp;amp;</m></response>');
    expect(leaf(root, 'm')).toBe('<>&"\'Б😀A&amp;');
  });

  it.each([
    ['UTF-16 LE by its mark', utf16('<response><m>Бишкек</m></response>', 'le'), undefined],
    ['UTF-16 BE by its mark', utf16('<response><m>Бишкек</m></response>', 'be'), undefined],
    [
      'windows-1251 by the Content-Type',
      windows1251('<response><m>Бишкек</m></response>'),
      'text/xml; charset="windows-1251"',
    ],
    [
      'windows-1251 by the declaration',
      windows1251('<?xml version="1.0" encoding="windows-1251"?><response><m>Бишкек</m></response>'),
      'text/xml',
    ],
    [
      'the Content-Type before the declaration',
      windows1251('<?xml version="1.0" encoding="UTF-8"?><response><m>Бишкек</m></response>'),
      'application/xml;charset=cp1251',
    ],
    [
      'the mark before the Content-Type',
      Buffer.from('\uFEFF<response><m>Бишкек</m></response>', 'utf8'),
      'text/xml; charset=windows-1251',
    ],
    ['UTF-8 when nothing says otherwise', Buffer.from('<response><m>Бишкек</m></response>', 'utf8'), 'text/plain'],
  ])('decodes %s', (_title, bytes, contentType) => {
    expect(leaf(read(bytes, { contentType }), 'm')).toBe('Бишкек');
  });

  it.each([
    ['nothing', ''],
    ['spaces', '  \n'],
    ['JSON', '{"status":0}'],
    ['a text', 'OK'],
    ['HTML', '<!DOCTYPE html><html><body>502</body></html>'],
    ['HTML without a doctype', '<html><body><p>busy<br></body></html>'],
    ['another root', '<answer><status>0</status></answer>'],
    ['a root of another case', '<Response><status>0</status></Response>'],
    ['two roots', '<response><status>0</status></response><response><status>1</status></response>'],
    ['junk before the root', 'ok <response><status>0</status></response>'],
    ['junk after the root', '<response><status>0</status></response> ok'],
    ['half a document', '<response><status>0</status>'],
    ['crossed tags', '<response><status>0</response></status>'],
    ['an unclosed tag', '<response><status>0</response>'],
    ['a DOCTYPE', '<!DOCTYPE response><response><status>0</status></response>'],
    [
      'a DOCTYPE that redefines a name',
      '<!DOCTYPE response [<!ENTITY amp "0">]><response><status>&amp;</status></response>',
    ],
    ['a DOCTYPE in small letters', '<!doctype response><response><status>0</status></response>'],
    ['an unknown entity', '<response><status>&nbsp;</status></response>'],
    ['a bare ampersand', '<response><status>a & b</status></response>'],
    ['a reference to a control character', '<response><status>&#0;</status></response>'],
    ['a reference to U+FFFF', '<response><status>&#xFFFF;</status></response>'],
    ['a reference to half a pair', '<response><status>&#xD83D;</status></response>'],
    ['a reference beyond Unicode', '<response><status>&#x110000;</status></response>'],
    ['a reference without a number', '<response><status>&#x;</status></response>'],
    ['a control character', '<response><status>0\u0001</status></response>'],
    ['a NUL', '<response><status>0</status></response>\0'],
    ['U+FFFE', '<response><status>0\uFFFE</status></response>'],
    ['a depth of 30', `<response>${'<a>'.repeat(30)}${'</a>'.repeat(30)}</response>`],
    ['a prototype', '<response><__proto__><status>0</status></__proto__></response>'],
    ['a name of the language', '<response><constructor>1</constructor><status>0</status></response>'],
  ])('refuses %s', (_title, xml) => {
    expect(thrownBy(() => read(xml))).toMatchObject({ name: 'XmlError', kind: 'malformed' });
  });

  it.each([
    ['bytes that are not UTF-8', windows1251('<response><m>Бишкек</m></response>'), undefined],
    ['bytes that are not what the Content-Type says', Buffer.from([0xff, 0xfd]), 'text/xml; charset=utf-8'],
    ['an unknown encoding', Buffer.from('<response/>'), 'text/xml; charset=klingon'],
  ])('refuses %s', (_title, bytes, contentType) => {
    expect(thrownBy(() => read(bytes, { contentType }))).toMatchObject({ name: 'XmlError', kind: 'malformed' });
  });

  it('refuses what is too long before it looks at it', () => {
    expect(thrownBy(() => read(Buffer.alloc(10_001, '<')))).toMatchObject({ name: 'XmlError', kind: 'too-large' });
  });

  it('never says in an error what the document holds', () => {
    const documents = ['<response><secret-1234></response>', '<response>&secret-1234;</response>', '<secret-1234/>'];
    const errors = documents.map((xml) => thrownBy(() => read(xml)));
    expect(errors.every((error) => error instanceof XmlError && !error.message.includes('secret'))).toBe(true);
  });

  it('does not reach the prototype of anything', () => {
    const root = read('<response><toString>1</toString><status>0</status></response>');
    expect(leaf(root, 'status')).toBe('0');
    expect(leaf(root, 'toString')).toBeNull();
    expect(children(root, 'hasOwnProperty')).toEqual([]);
    expect(Reflect.get({}, 'status')).toBeUndefined();
  });

  it('is quick on a document made to be slow', () => {
    const attribute = `<response a="${'x'.repeat(250_000)}"><status>0</status></response>`;
    const tags = `<response>${'<a b="c">'.repeat(20_000)}</response>`;
    const started = process.cpuUsage();
    expect(leaf(read(attribute, { maxBytes: 262_144 }), 'status')).toBe('0');
    expect(thrownBy(() => read(tags, { maxBytes: 262_144 }))).toBeInstanceOf(XmlError);
    const { user, system } = process.cpuUsage(started);
    // CPU time, and much more than it takes: what costs its square takes minutes.
    expect((user + system) / 1_000).toBeLessThan(10_000);
  });
});

describe('leaf', () => {
  it('is nothing when the element is missing, repeated or has children', () => {
    const root = read('<response><a>1</a><a>2</a><b><c>1</c></b><d/><e></e></response>');
    expect(['a', 'b', 'd', 'e', 'f'].map((name) => leaf(root, name))).toEqual([null, null, '', '', null]);
  });
});

describe('children', () => {
  it('reads one as well as many', () => {
    const one = read('<response><phone><number>1</number></phone></response>');
    const two = read('<response><phone><number>1</number></phone><phone/></response>');
    expect(children(one, 'phone').map((phone) => leaf(phone, 'number'))).toEqual(['1']);
    expect(children(two, 'phone').map((phone) => leaf(phone, 'number'))).toEqual(['1', null]);
    expect(children(read('<response/>'), 'phone')).toEqual([]);
  });
});
