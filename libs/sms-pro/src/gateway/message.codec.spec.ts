import { describe, expect, it } from '@jest/globals';
import { SmsProInputError, SmsProProtocolError } from '../errors/sms-pro.errors.js';
import { decodeSendPacket, encodeSendPacket, type SendPacketRequest } from './message.codec.js';
import { SEND_STATUS } from './status/send-status.js';
import { bodyOf, response, thrownBy } from './wire.fixture.js';

const CREDENTIALS = { login: 'login', password: 'passwd' };
const REQUEST: SendPacketRequest = {
  id: 'A88726',
  sender: 'My-company',
  text: 'Any SMS message text',
  phones: ['996550123456', '996550123457'],
};

describe('encodeSendPacket', () => {
  it('writes the example of the partner API', () => {
    const time = new Date(Date.UTC(2010, 8, 21, 17, 59, 57));
    expect(encodeSendPacket(CREDENTIALS, { ...REQUEST, time, test: true }).toString('utf8')).toBe(
      '<?xml version="1.0" encoding="UTF-8"?><message><login>login</login><pwd>passwd</pwd><id>A88726</id>' +
        '<sender>My-company</sender><text>Any SMS message text</text><time>20100921235957</time>' +
        '<phones><phone>996550123456</phone><phone>996550123457</phone></phones><test>1</test></message>',
    );
  });

  it('leaves out what was not asked for', () => {
    const document = encodeSendPacket(CREDENTIALS, { ...REQUEST, test: false }).toString();
    expect(document).not.toMatch(/<time>|<test>|xmlns/);
  });

  it('escapes the password and the text, and sends Cyrillic as UTF-8 with LF alone', () => {
    const document = encodeSendPacket({ login: 'l', password: 'a&b<c' }, { ...REQUEST, text: 'Код & сумма\r\n5 сом' });
    expect(document.includes(Buffer.from('<pwd>a&amp;b&lt;c</pwd>'))).toBe(true);
    expect(document.includes(Buffer.from('<text>Код &amp; сумма\n5 сом</text>', 'utf8'))).toBe(true);
  });

  it('refuses what XML cannot carry before anything is sent', () => {
    expect(thrownBy(() => encodeSendPacket(CREDENTIALS, { ...REQUEST, text: 'a\u0008' }))).toBeInstanceOf(
      SmsProInputError,
    );
  });
});

describe('decodeSendPacket', () => {
  it('reads the example of the partner API', () => {
    expect(
      decodeSendPacket(
        response(
          '\n<id>A88726</id>\n<status>0</status>\n<phones>2</phones>\n<smscnt>2</smscnt>\n<message></message>\n',
        ),
      ),
    ).toEqual({ id: 'A88726', status: '0', phones: 2, smscnt: 2, message: null });
  });

  it('reads the answer as it was met: a namespace, standalone, no message', () => {
    expect(
      decodeSendPacket(
        bodyOf(
          '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><response xmlns="http://Giper.mobi/schema/Message">' +
            '<id>a88726</id><status>0</status><phones>1</phones><smscnt>1</smscnt></response>',
        ),
      ),
    ).toEqual({ id: 'a88726', status: '0', phones: 1, smscnt: 1, message: null });
  });

  it.each([...Object.keys(SEND_STATUS), '12', '99', '-1'])('reads status %s as data', (status) => {
    const answer = decodeSendPacket(
      response(`<id>A1</id><status> ${status} </status><phones>3</phones><smscnt>2</smscnt><message>нет</message>`),
    );
    expect(answer).toEqual({ id: 'A1', status, phones: 3, smscnt: 2, message: 'нет' });
  });

  it('keeps an id that looks like a number', () => {
    expect(decodeSendPacket(response('<id>000123</id><status>0</status>')).id).toBe('000123');
    expect(decodeSendPacket(response('<id>12E5</id><status>0</status>')).id).toBe('12E5');
  });

  it('has null for fields that are missing or unreadable', () => {
    const none = { id: null, status: '9', phones: null, smscnt: null, message: null };
    expect(decodeSendPacket(response('<status>9</status>'))).toEqual(none);
    expect(
      decodeSendPacket(response('<id/><status>9</status><phones>two</phones><smscnt>-1</smscnt><message> </message>')),
    ).toEqual(none);
    expect(
      decodeSendPacket(response('<status>9</status><phones><phone>996550123456</phone></phones><smscnt>1.5</smscnt>')),
    ).toEqual(none);
  });

  it.each([
    ['no status', '<id>A88726</id><phones>2</phones>'],
    ['an empty status', '<status/>'],
    ['a blank status', '<status> </status>'],
    ['a status that is a word', '<status>OK</status>'],
    ['a status in another notation', '<status>0x0</status>'],
    ['a broken number', '<status>0.0</status>'],
    ['two statuses', '<status>0</status><status>0</status>'],
    ['a status with children', '<status><code>0</code></status>'],
    ['a status of endless digits', `<status>${'0'.repeat(30)}</status>`],
  ])('never reads %s as 0', (_title, children) => {
    expect(thrownBy(() => decodeSendPacket(response(children)))).toBeInstanceOf(SmsProProtocolError);
  });

  it.each([
    ['HTML', '<html><body>502 Bad Gateway</body></html>'],
    ['nothing', ''],
    ['a status without its root', '<status>0</status>'],
    ['half an answer', '<response><id>A88726</id><status>0</status>'],
    ['a report document', '<report><dr/></report>'],
  ])('refuses %s', (_title, xml) => {
    expect(thrownBy(() => decodeSendPacket(bodyOf(xml)))).toMatchObject({ code: 'PROTOCOL', call: 'message' });
  });
});
