import { describe, expect, it } from '@jest/globals';
import { SmsProProtocolError } from '../errors/sms-pro.errors.js';
import { INFO_STATUS } from './status/info-status.js';
import { decodeGetAccount, encodeGetAccount } from './info.codec.js';
import { bodyOf, response, thrownBy } from './wire.fixture.js';

function account(balance: string, state = '0', price = '0.50'): string {
  return `<status>0</status><state>${state}</state><account>${balance}</account><smsprice>${price}</smsprice>`;
}

describe('encodeGetAccount', () => {
  it('writes the example of the partner API', () => {
    expect(encodeGetAccount({ login: 'login', password: 'passwd' }).toString()).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><info xmlns="http://Giper.mobi/schema/Info"><login>login</login>' +
        '<pwd>passwd</pwd></info>',
    );
  });
});

describe('decodeGetAccount', () => {
  it('reads the example of the partner API', () => {
    expect(
      decodeGetAccount(
        bodyOf(
          '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<response xmlns="http://Giper.mobi/schema/Info">\n' +
            '<status>0</status>\n<state>0</state>\n<account>20123.12</account>\n<smsprice>0.50</smsprice>\n</response>',
        ),
      ),
    ).toEqual({ status: '0', active: true, balance: '20123.12', smsPrice: '0.50' });
  });

  it.each([
    ['-12.10', '-12.10'],
    ['0', '0'],
    ['1234567890123456789.10', '1234567890123456789.10'],
    ['20123,12', '20123.12'],
    [' 5.00 ', '5.00'],
  ])('keeps the money %j a decimal string', (written, balance) => {
    expect(decodeGetAccount(response(account(written))).balance).toBe(balance);
  });

  it.each([
    ['0', true],
    ['1', false],
    ['2', false],
  ])('reads state %s', (state, active) => {
    expect(decodeGetAccount(response(account('1', state))).active).toBe(active);
  });

  it.each([...Object.keys(INFO_STATUS).filter((status) => status !== '0'), '4', '99'])(
    'reads status %s as data',
    (status) => {
      expect(decodeGetAccount(response(`<status>${status}</status>`))).toEqual({
        status,
        active: null,
        balance: null,
        smsPrice: null,
      });
    },
  );

  it.each([
    ['no balance', '<status>0</status><state>0</state><smsprice>0.50</smsprice>'],
    ['a balance that is no money', account('1e5')],
    ['a balance of two decimals', account('1,234.50')],
    ['an empty balance', account('')],
    ['no price', account('1', '0', '')],
    ['no state', '<status>0</status><account>1</account><smsprice>1</smsprice>'],
    ['a state that is a word', account('1', 'active')],
    ['no status', '<state>0</state><account>1</account><smsprice>1</smsprice>'],
  ])('refuses %s', (_title, children) => {
    expect(thrownBy(() => decodeGetAccount(response(children)))).toBeInstanceOf(SmsProProtocolError);
  });
});
