import { describe, expect, it } from '@jest/globals';
import { readReportDocument, type ReadReportDocumentOptions } from './report-document.codec.js';
import { thrownBy } from './wire.fixture.js';

const OPTIONS: ReadReportDocumentOptions = { maxBytes: 1_048_576, maxEntries: 1_000, utcOffsetMinutes: 360 };

function read(xml: string, options: Partial<ReadReportDocumentOptions> = {}): ReturnType<typeof readReportDocument> {
  return readReportDocument(Buffer.from(xml, 'utf8'), { ...OPTIONS, ...options });
}

function phone(number: string, code = '3'): string {
  return (
    `<phone><number>${number}</number><report>${code}</report>` +
    '<sendTime>20110909032815</sendTime><rcvTime>20110909032820</rcvTime></phone>'
  );
}

function dr(id: string, ...phones: string[]): string {
  return `<dr><id>${id}</id>${phones.join('')}</dr>`;
}

function report(...drs: string[]): string {
  return (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' +
    `<report xmlns="http://Giper.mobi/schema/DeliveryReport">${drs.join('\n')}</report>`
  );
}

const sentAt = Date.UTC(2011, 8, 8, 21, 28, 15);

describe('readReportDocument', () => {
  it('reads the example of the partner API: many packets with many phones', () => {
    const document = report(
      dr('A881726', phone('996550123456', '1'), phone('996550123457', '1')),
      dr('A887236', phone('996550123458', '1')),
    );
    const common = {
      code: '1',
      sendTime: '20110909032815',
      rcvTime: '20110909032820',
      sentAt,
      deliveredAt: sentAt + 5000,
    };
    expect(read(document)).toEqual([
      { packetId: 'A881726', phone: '996550123456', ...common },
      { packetId: 'A881726', phone: '996550123457', ...common },
      { packetId: 'A887236', phone: '996550123458', ...common },
    ]);
  });

  it('reads one packet with one phone', () => {
    expect(read(report(dr('A1', phone('996550123456'))))).toHaveLength(1);
  });

  it('keeps ids that look like numbers and takes the plus off a phone', () => {
    const document = report(dr('000123', phone('+996550123456')), dr('12E5', phone(' 996550123457 ')));
    expect(read(document).map(({ packetId, phone: number }) => [packetId, number])).toEqual([
      ['000123', '996550123456'],
      ['12E5', '996550123457'],
    ]);
  });

  it.each([
    ['no namespace', `<report>${dr('A1', phone('996550123456'))}</report>`],
    [
      'a prefix',
      '<r:report xmlns:r="http://Giper.mobi/schema/DeliveryReport"><r:dr><r:id>A1</r:id><r:phone>' +
        '<r:number>996550123456</r:number><r:report>3</r:report></r:phone></r:dr></r:report>',
    ],
  ])('reads a document with %s', (_title, document) => {
    expect(read(document)).toMatchObject([{ packetId: 'A1', phone: '996550123456', code: '3' }]);
  });

  it.each([
    undefined,
    'text/xml',
    'application/x-www-form-urlencoded',
    'application/json',
    'text/plain; charset=utf-8',
  ])('reads it under the Content-Type %s', (contentType) => {
    expect(read(report(dr('A1', phone('996550123456'))), { contentType })).toHaveLength(1);
  });

  it.each(['0', '2', '4', '5', '6', '7', '8', '123', '03'])('keeps the code %s as it is', (code) => {
    expect(read(report(dr('A1', phone('996550123456', code)))).map((entry) => entry.code)).toEqual([code]);
  });

  it('keeps a report whose times are unreadable', () => {
    const entry = '<phone><number>996550123456</number><report>3</report><sendTime>soon</sendTime></phone>';
    expect(read(report(dr('A1', entry)))).toMatchObject([
      { code: '3', sendTime: 'soon', rcvTime: '', sentAt: null, deliveredAt: null },
    ]);
  });

  const good = phone('996550123456');
  it.each([
    ['no packet', report()],
    ['another document', '<response><status>0</status></response>'],
    ['a packet without an id', report(`<dr>${good}</dr>`)],
    ['an empty id', report(dr(' ', good))],
    ['two ids', report(`<dr><id>A1</id><id>A2</id>${good}</dr>`)],
    ['an endless id', report(dr('a'.repeat(256), good))],
    ['a packet without a phone', report(dr('A1'))],
    ['a good packet beside an empty one', report(dr('A1', good), '<dr/>')],
    ['a good phone beside a bad code', report(dr('A1', good, phone('996550123457', 'delivered')))],
    ['a good phone beside an empty number', report(dr('A1', good, phone('')))],
    ['a good phone beside a bare one', report(dr('A1', good, '<phone>996550123457</phone>'))],
    ['half a document', report(dr('A1', good)).slice(0, -12)],
    ['a form', 'xml=%3Creport%3E'],
    ['nothing', ''],
  ])('refuses whole a document with %s', (_title, document) => {
    expect(thrownBy(() => read(document))).toMatchObject({ name: 'XmlError', kind: 'malformed' });
  });

  it('refuses too many phones, in one packet or in several', () => {
    const three = [phone('996550123451'), phone('996550123452'), phone('996550123453')];
    const tooLarge = { name: 'XmlError', kind: 'too-large' };
    expect(read(report(dr('A1', ...three)), { maxEntries: 3 })).toHaveLength(3);
    expect(thrownBy(() => read(report(dr('A1', ...three)), { maxEntries: 2 }))).toMatchObject(tooLarge);
    const spread = report(...three.map((entry, index) => dr(`A${index}`, entry)));
    expect(thrownBy(() => read(spread, { maxEntries: 2 }))).toMatchObject(tooLarge);
    expect(thrownBy(() => read(spread, { maxBytes: 100 }))).toMatchObject(tooLarge);
  });
});
