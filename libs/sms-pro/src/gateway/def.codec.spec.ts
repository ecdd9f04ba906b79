import { describe, expect, it } from '@jest/globals';
import { SmsProProtocolError } from '../errors/sms-pro.errors.js';
import { DEF_STATUS } from './status/def-status.js';
import { decodeLookup, encodeLookup } from './def.codec.js';
import { bodyOf, response, thrownBy } from './wire.fixture.js';

describe('encodeLookup', () => {
  it('writes the example of the partner API', () => {
    expect(encodeLookup({ login: 'login', password: 'passwd' }, '996550123456').toString()).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><def xmlns="http://Giper.mobi/schema/PhoneDEF"><login>login</login>' +
        '<pwd>passwd</pwd><phone>996550123456</phone></def>',
    );
  });
});

describe('decodeLookup', () => {
  it('reads the example of the partner API', () => {
    expect(
      decodeLookup(
        bodyOf(
          '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' +
            '<response xmlns="http://Giper.mobi/schema/PhoneDEF" >\n<status>0</status>\n' +
            '<region>Бишкек , Бишкек</region>\n<operator>MegaCom</operator>\n<timezone>6</timezone>\n</response>\n',
        ),
      ),
    ).toEqual({ status: '0', region: 'Бишкек , Бишкек', operator: 'MegaCom', utcOffsetHours: 6 });
  });

  it('passes the region on as it was met', () => {
    expect(decodeLookup(response('<status>0</status><region>Бишкек,Бишкек</region>')).region).toBe('Бишкек,Бишкек');
  });

  it.each([
    ['-1', null],
    ['6', 6],
    ['+6', 6],
    ['-5', -5],
    ['5.5', 5.5],
    ['0', 0],
    ['', null],
    ['GMT+6', null],
    ['1e1', null],
  ])('reads the time zone %j as %p', (written, hours) => {
    expect(decodeLookup(response(`<status>0</status><timezone>${written}</timezone>`)).utcOffsetHours).toBe(hours);
  });

  it.each([...Object.keys(DEF_STATUS), '5'])('reads status %s as data', (status) => {
    expect(decodeLookup(response(`<status>${status}</status>`))).toEqual({
      status,
      region: null,
      operator: null,
      utcOffsetHours: null,
    });
  });

  it('refuses an answer without a status', () => {
    expect(thrownBy(() => decodeLookup(response('<region>Бишкек</region>')))).toBeInstanceOf(SmsProProtocolError);
  });
});
