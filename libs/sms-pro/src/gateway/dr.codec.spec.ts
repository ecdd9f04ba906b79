import { describe, expect, it } from '@jest/globals';
import { SmsProProtocolError } from '../errors/sms-pro.errors.js';
import { DR_STATUS } from './status/dr-status.js';
import { decodeGetReports, encodeGetReports } from './dr.codec.js';
import { response, thrownBy } from './wire.fixture.js';

const CREDENTIALS = { login: 'login', password: 'passwd' };
const BISHKEK = 360;

function entry(code: string, number = '996550123456', times = '<sendTime/><rcvTime/>'): string {
  return `<phone><number>${number}</number><report>${code}</report>${times}</phone>`;
}

describe('encodeGetReports', () => {
  it('writes the example of the partner API', () => {
    expect(encodeGetReports(CREDENTIALS, 'A88726', '996550123456').toString()).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><dr><login>login</login><pwd>passwd</pwd><id>A88726</id>' +
        '<phone>996550123456</phone></dr>',
    );
    expect(encodeGetReports(CREDENTIALS, 'A88726').toString()).not.toContain('<phone>');
  });
});

describe('decodeGetReports', () => {
  it('reads the example of the partner API', () => {
    const answer = decodeGetReports(
      response(
        '<status>0</status>' +
          entry('1', '996550123456', '<sendTime>20100921235958</sendTime><rcvTime></rcvTime>') +
          entry('3', '996550123457', '<sendTime>20100921235958</sendTime><rcvTime>20100921235959</rcvTime>'),
      ),
      BISHKEK,
    );
    const sentAt = Date.UTC(2010, 8, 21, 17, 59, 58);
    expect(answer).toEqual({
      status: '0',
      unreadable: 0,
      reports: [
        { phone: '996550123456', code: '1', sendTime: '20100921235958', rcvTime: '', sentAt, deliveredAt: null },
        {
          phone: '996550123457',
          code: '3',
          sendTime: '20100921235958',
          rcvTime: '20100921235959',
          sentAt,
          deliveredAt: sentAt + 1000,
        },
      ],
    });
  });

  it('reads one phone as a list of one', () => {
    expect(decodeGetReports(response(`<status>0</status>${entry('3')}`), BISHKEK).reports).toHaveLength(1);
  });

  it.each(['0', '1', '2', '3', '4', '5', '6', '7', '8', '42', '03'])('keeps the report code %s as it is', (code) => {
    const { reports, unreadable } = decodeGetReports(response(`<status>0</status>${entry(code)}`), BISHKEK);
    expect(reports.map((report) => report.code)).toEqual([code]);
    expect(unreadable).toBe(0);
  });

  it.each([...Object.keys(DR_STATUS), '6', '77'])('reads status %s as data', (status) => {
    expect(decodeGetReports(response(`<status>${status}</status>`), BISHKEK)).toEqual({
      status,
      reports: [],
      unreadable: 0,
    });
  });

  it('counts the entries it cannot read and keeps the others', () => {
    const entries = [
      entry('3'),
      entry(''),
      entry('delivered'),
      entry('1000'),
      entry('-1'),
      entry('3', ''),
      entry('3', 'unknown'),
      '<phone>996550123456</phone>',
      '<phone/>',
      entry('4', '+996550123457'),
    ];
    const { reports, unreadable } = decodeGetReports(response(`<status>0</status>${entries.join('')}`), BISHKEK);
    expect(reports.map(({ phone, code }) => [phone, code])).toEqual([
      ['996550123456', '3'],
      ['996550123457', '4'],
    ]);
    expect(unreadable).toBe(8);
  });

  it('never refuses a report for its times', () => {
    const times = '<sendTime>20110231000000</sendTime><rcvTime>yesterday</rcvTime>';
    const { reports } = decodeGetReports(response(`<status>0</status>${entry('3', '996550123456', times)}`), BISHKEK);
    expect(reports).toMatchObject([
      { code: '3', sendTime: '20110231000000', rcvTime: 'yesterday', sentAt: null, deliveredAt: null },
    ]);
    const { reports: bare } = decodeGetReports(
      response(`<status>0</status>${entry('3', '996550123456', '')}`),
      BISHKEK,
    );
    expect(bare).toMatchObject([{ sendTime: '', rcvTime: '', sentAt: null, deliveredAt: null }]);
  });

  it('reads times in the zone it is told', () => {
    const times = '<sendTime>20110909032815</sendTime><rcvTime/>';
    const { reports } = decodeGetReports(response(`<status>0</status>${entry('1', '996550123456', times)}`), 0);
    expect(reports.map(({ sentAt }) => sentAt)).toEqual([Date.UTC(2011, 8, 9, 3, 28, 15)]);
  });

  it('refuses an answer without a status, whatever reports it has', () => {
    expect(thrownBy(() => decodeGetReports(response(entry('3')), BISHKEK))).toBeInstanceOf(SmsProProtocolError);
  });
});
