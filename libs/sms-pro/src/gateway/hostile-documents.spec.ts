import { describe, expect, it } from '@jest/globals';
import { readReportDocument } from './report-document.codec.js';
import { thrownBy } from './wire.fixture.js';

const LIMIT = 1_048_576;
const DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const ENTRY =
  '<phone><number>996555123456</number><report>3</report>' +
  '<sendTime>20110909032815</sendTime><rcvTime>20110909032820</rcvTime></phone>';
const DR = `<dr><id>a00000000001</id>${ENTRY}</dr>`;
const REPORT = `<report xmlns="http://Giper.mobi/schema/DeliveryReport">${DR}</report>`;
const SAMPLE = `${DECLARATION}\n${REPORT}`;

const read = (document: string | Uint8Array, contentType?: string) =>
  readReportDocument(typeof document === 'string' ? Buffer.from(document, 'utf8') : document, {
    contentType,
    maxBytes: LIMIT,
    maxEntries: 10_000,
    utcOffsetMinutes: 360,
  });

const MALFORMED = { name: 'XmlError', kind: 'malformed' };

/** The sample with a phone that only an entity could fill in. */
const withPhone = (phone: string, doctype = '') => `${DECLARATION}${doctype}${REPORT.replace('996555123456', phone)}`;

const LAUGHS = Array.from({ length: 10 }, (_, at) => `<!ENTITY l${at + 1} "${`&l${at};`.repeat(10)}">`).join('');

const DOCUMENTS: Readonly<Record<string, string>> = {
  'an external entity from a file': withPhone('&xxe;', '<!DOCTYPE r [<!ENTITY xxe SYSTEM "file:///etc/passwd">]>'),
  'an external entity from the network': withPhone(
    '&xxe;',
    '<!DOCTYPE r [<!ENTITY xxe SYSTEM "http://127.0.0.1:1/">]>',
  ),
  'a parameter entity': withPhone('9', '<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:1/"> %p;]>'),
  'an external DTD': withPhone('9', '<!DOCTYPE r SYSTEM "http://127.0.0.1:1/evil.dtd">'),
  'an entity that tells the truth': withPhone('&phone;', '<!DOCTYPE r [<!ENTITY phone "996555123456">]>'),
  'an entity that is redefined': withPhone('996555123456', '<!DOCTYPE r [<!ENTITY amp "x">]>'),
  'a billion laughs': withPhone('&l10;', `<!DOCTYPE r [<!ENTITY l0 "9">${LAUGHS}]>`),
  'a quadratic blow-up': withPhone('&a;'.repeat(10_000), `<!DOCTYPE r [<!ENTITY a "${'9'.repeat(10_000)}">]>`),
  'an empty DOCTYPE': withPhone('996555123456', '<!DOCTYPE report>'),
  'a DOCTYPE in small letters': withPhone('996555123456', '<!doctype report>'),
  'a DOCTYPE before the declaration': `<!DOCTYPE report>${SAMPLE}`,
  'a DOCTYPE behind a comment': withPhone('996555123456', '<!-- x --><!DOCTYPE report>'),
  'a DOCTYPE inside the root': SAMPLE.replace('<dr>', '<!DOCTYPE report><dr>'),
  'a DOCTYPE inside a text': SAMPLE.replace('996555', '<!DOCTYPE report>996555'),
  'a DOCTYPE behind the root': `${SAMPLE}<!DOCTYPE report>`,
  'a DOCTYPE inside CDATA': SAMPLE.replace('<dr>', '<![CDATA[<!DOCTYPE report>]]><dr>'),
  'an entity declaration alone': SAMPLE.replace('<dr>', '<!ENTITY a "b"><dr>'),
  'an unknown entity in a text': withPhone('&xxe;'),
  'an unknown entity in an attribute': SAMPLE.replace('<dr>', '<dr a="&xxe;">'),
  'an unknown entity in a field that nobody reads': SAMPLE.replace('<dr>', '<note>&xxe;</note><dr>'),
  'an entity of HTML': withPhone('&nbsp;996555123456'),
  'a reference to NUL': withPhone('&#0;996555123456'),
  'a reference that never ends': withPhone('&amp'),
  'a NUL': withPhone('996555\u0000123456'),
  'a NUL behind the end': `${SAMPLE}\u0000`,
  'a control character': withPhone('996555\u0007123456'),
  'a lone half of a pair, as a reference': SAMPLE.replace('<dr>', '<note>&#xD800;</note><dr>'),
  'two roots': `${SAMPLE}<report/>`,
  'two roots of one name, both good': `${DECLARATION}${REPORT}${REPORT}`,
  'a text behind the root': `${SAMPLE}x`,
  'a text before the root': `x${SAMPLE}`,
  'a second declaration': `${DECLARATION}${SAMPLE}`,
  'another root': SAMPLE.replaceAll('report xmlns', 'reports xmlns').replace(/<\/report>$/, '</reports>'),
  'a root in other letters': SAMPLE.replace('<report ', '<Report ').replace(/<\/report>$/, '</Report>'),
  'the root of an answer': '<response><status>0</status></response>',
  'the good root inside another': `${DECLARATION}<envelope>${REPORT}</envelope>`,
  'a root that is a name of the language': '<__proto__><dr/></__proto__>',
  'an HTML page': '<!DOCTYPE html><html><head><title>502</title></head><body><p>Bad<br>gateway</body></html>',
  'an HTML page without a DOCTYPE': '<html><body><p>Bad gateway</p></body></html>',
  JSON: '{"report":{"dr":[{"id":"a00000000001"}]}}',
  'a form': `xml=${encodeURIComponent(SAMPLE)}`,
  nothing: '',
  'white space': ' \r\n\t ',
  'a mark alone': '\uFEFF',
  'a declaration alone': DECLARATION,
  'a comment alone': '<!-- -->',
  'no dr': '<report></report>',
  'tags that cross': '<report><dr></report></dr>',
  'a tag that is not closed': SAMPLE.replace('</phone>', ''),
  'a tag that was not opened': SAMPLE.replace('</dr>', '</phone></dr>'),
  'an attribute without quotes': SAMPLE.replace('<dr>', '<dr a=1>'),
  'levels beside what is good': SAMPLE.replace('<dr>', `${'<a>'.repeat(30)}${'</a>'.repeat(30)}<dr>`),
  '100,000 levels': `<report>${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}</report>`,
  '100,000 levels of dr': `${'<dr>'.repeat(100_000)}${'</dr>'.repeat(100_000)}`,
  'a good document 100,000 levels deep': `${'<r>'.repeat(100_000)}${REPORT}${'</r>'.repeat(100_000)}`,
  '300,000 levels that are never closed': `<report>${'<a>'.repeat(300_000)}`,
};

const BYTES: Readonly<Record<string, Uint8Array>> = {
  'a byte that is never in UTF-8': Buffer.concat([Buffer.from(SAMPLE), Buffer.from([0xff])]),
  'a byte of windows-1251': Buffer.from(SAMPLE.replace('<dr>', '<!-- \u00c1 --><dr>'), 'latin1'),
  'an overlong slash': Buffer.from(SAMPLE.replace('<dr>', '<!-- \u00c0\u00af --><dr>'), 'latin1'),
  'half of a pair in UTF-8': Buffer.from(SAMPLE.replace('<dr>', '<!-- \u00ed\u00a0\u0080 --><dr>'), 'latin1'),
  'a character that is cut off': Buffer.from(`${SAMPLE}\u00d0`, 'latin1'),
  'UTF-16 with half a character': Buffer.from(`\uFEFF${SAMPLE}`, 'utf16le').subarray(0, -1),
  'UTF-16 with half of a pair': Buffer.from(`\uFEFF${SAMPLE.replace('<dr>', '<!--\uD800--><dr>')}`, 'utf16le'),
  'a DOCTYPE in UTF-16': Buffer.from(`\uFEFF<!DOCTYPE report>${REPORT}`, 'utf16le'),
  'UTF-32': Buffer.from([0xff, 0xfe, 0, 0, ...[...REPORT].flatMap((one) => [one.charCodeAt(0), 0, 0, 0])]),
  zeros: Buffer.alloc(1_000),
  'an unknown encoding': Buffer.from(SAMPLE.replace('UTF-8', 'klingon')),
  'UTF-7': Buffer.from(SAMPLE.replace('UTF-8', 'utf-7').replaceAll('<dr>', '+ADw-dr+AD4-')),
  gzip: Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3]),
};

describe('a hostile document', () => {
  it('is measured against one that is read', () => {
    expect(read(SAMPLE)).toHaveLength(1);
    expect(read(Buffer.from(`\uFEFF${SAMPLE}`, 'utf16le'))).toHaveLength(1);
    expect(read(Buffer.from(SAMPLE, 'utf16le'))).toHaveLength(1);
    expect(read(Buffer.from(SAMPLE, 'utf16le').swap16())).toHaveLength(1);
  });

  it.each(Object.entries(DOCUMENTS))('is refused: %s', (_name, document) => {
    expect(thrownBy(() => read(document))).toMatchObject(MALFORMED);
  });

  it.each(Object.entries(BYTES))('is refused by its bytes: %s', (_name, bytes) => {
    expect(thrownBy(() => read(bytes))).toMatchObject(MALFORMED);
  });

  it.each([
    ['UTF-8', Buffer.from(SAMPLE)],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${SAMPLE}`)],
    ['UTF-16', Buffer.from(`\uFEFF${SAMPLE}`, 'utf16le')],
  ])('is refused when it is cut off at any byte, in %s', (_name, bytes) => {
    const errors = Array.from({ length: bytes.length }, (_, length) => thrownBy(() => read(bytes.subarray(0, length))));
    expect(errors).toHaveLength(bytes.length);
    expect(errors.filter((error) => Object(error).kind !== 'malformed')).toEqual([]);
  });

  it('is not even looked at above the limit', () => {
    const document = Buffer.alloc(10 * LIMIT, '<a>');
    // The cheapest of some: a busy machine makes one reading dear, and not each of them.
    const costs = Array.from({ length: 10 }, () => {
      const started = process.cpuUsage();
      expect(thrownBy(() => read(document))).toMatchObject({ kind: 'too-large' });
      return cpuMsSince(started);
    });
    expect(Math.min(...costs)).toBeLessThan(100);
  });
});

/** As many of the part as the limit takes, between a start and an end. */
function full(part: string, start = `<report>${DR.replace('</dr>', '')}`, end = '</dr></report>'): string {
  return start + part.repeat(Math.floor((LIMIT - start.length - end.length) / Buffer.byteLength(part))) + end;
}

/** Many parts that differ. */
function many(count: number, part: (at: number) => string): string {
  return Array.from({ length: count }, (_, at) => part(at)).join('');
}

const IN_TAG = [`<report `, `>${DR}</report>`] as const;
const IN_ATTRIBUTE = ['<report a="', `">${DR}</report>`] as const;
const IN_ROOT = ['<report>', '</report>'] as const;
const IN_ID = ['<report><dr><id>', `</id>${ENTRY}</dr></report>`] as const;
const OPEN = ['<report>', ''] as const;

/** What a reader might choke on, each as large as the limit allows. */
const WORST: Readonly<Record<string, string>> = {
  'phones, as many as fit': full('<phone><number>996555123456</number><report>3</report></phone>'),
  'drs, as many as fit': full(DR, ...IN_ROOT),
  'empty phones': full('<phone/>'),
  'one attribute': full('x', ...IN_ATTRIBUTE),
  attributes: `<report${many(80_000, (at) => ` a${at}="1"`)}>${DR}</report>`,
  'attributes in every tag': full('<a b="c" d="e"/>'),
  'attributes without a value': full('a ', ...IN_TAG),
  'the same attribute': full('a="1" ', ...IN_TAG),
  quotes: full('"', ...IN_TAG),
  'quotes inside quotes': full(`a='"' `, ...IN_TAG),
  'equals signs': full('= ', ...IN_TAG),
  'spaces in a tag': full(' ', ...IN_TAG),
  'tabs in a tag': full('\t', ...IN_TAG),
  'spaces in a closing tag': full(' ', '<report></report', '>'),
  'one long name': full('a', '<report><', '/></report>'),
  colons: full('a:', '<report><', 'b/></report>'),
  'nested tags': `<report>${'<a>'.repeat(149_000)}${'</a>'.repeat(149_000)}</report>`,
  'nested tags of all names': `<report>${many(55_000, (at) => `<a${at}>`)}${many(55_000, (at) => `</a${54_999 - at}>`)}</report>`,
  'nested tags never closed': full('<a b="c">', ...OPEN),
  'closing tags': full('</a>', ...OPEN),
  'empty tags': full('<a/>'),
  'empty tags of all names': `<report>${DR}${many(100_000, (at) => `<a${at}/>`)}</report>`,
  'tags as deep as allowed': full('<a><a><a><a></a></a></a></a>'),
  'names of the language': full('<toString/>'),
  text: full('x'),
  'an endless id': full('x', ...IN_ID),
  'text in pieces': full('x<a/>'),
  'line ends': full('\r\n'),
  'Cyrillic text': full('Б'),
  comments: full('<!---->'),
  'one comment': full('-', `<report>${DR}<!--`, '--></report>'),
  'comments never closed': full('<!--', ...OPEN),
  CDATA: full('x<![CDATA[y]]>'),
  'one CDATA': full(']', `<report>${DR}<![CDATA[`, ']]></report>'),
  'CDATA never closed': full('<![CDATA[', ...OPEN),
  'processing instructions': full('<?a b="c"?>'),
  'one processing instruction': full('?', `<report>${DR}<?a `, '?></report>'),
  'processing instructions never closed': full('<?a ', ...OPEN),
  entities: full('&amp;'),
  'entities in an id': full('&amp;', ...IN_ID),
  'entities in an attribute': full('&amp;', ...IN_ATTRIBUTE),
  'numeric entities': full('&#65;'),
  'numeric entities in hex': full('&#x41;'),
  'one numeric entity': full('0', '<report><dr><id>&#', `65;</id>${ENTRY}</dr></report>`),
  'entities never closed': full('&', ...IN_ID),
  'entities never closed in an attribute': full('&', ...IN_ATTRIBUTE),
  'opening brackets': full('<', ...OPEN),
  'closing brackets': full('>'),
  roots: full('<report/>', '', ''),
  'a long declaration': full('a="1" ', '<?xml version="1.0" ', `?>${REPORT}`),
};

/**
 * What one document may cost. At most 0.6 s (tags of all names) and 112 MB (bare attributes) were measured. It is CPU
 * time, of which a busy machine takes up to some times as much; what costs its square would take hours.
 */
const MAX_CPU_MS = 10_000;
const MAX_HEAP_BYTES = 400 * LIMIT;

describe('a document of 1 MB', () => {
  it.each(Object.entries(WORST))('costs little: %s', (_name, document) => {
    const bytes = Buffer.from(document, 'utf8');
    // As large as the limit allows, nearly: it must get past it.
    expect(bytes.length).toBeLessThanOrEqual(LIMIT);
    expect(bytes.length).toBeGreaterThan(0.8 * LIMIT);
    const heap = process.memoryUsage().heapUsed;
    const started = process.cpuUsage();
    const error = thrownBy(() => read(bytes));
    expect(cpuMsSince(started)).toBeLessThan(MAX_CPU_MS);
    expect(process.memoryUsage().heapUsed - heap).toBeLessThan(MAX_HEAP_BYTES);
    expect(error === undefined || Object(error).name === 'XmlError').toBe(true);
  });
});

function cpuMsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
}
