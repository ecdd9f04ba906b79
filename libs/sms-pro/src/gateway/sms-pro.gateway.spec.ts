import { describe, expect, it } from '@jest/globals';
import { SmsProGatewayError, SmsProInputError, SmsProProtocolError } from '../errors/sms-pro.errors.js';
import type { AccountAnswer } from './info.codec.js';
import type { LookupAnswer } from './def.codec.js';
import type { ReportsAnswer } from './dr.codec.js';
import type { SendPacketAnswer, SendPacketRequest } from './message.codec.js';
import { SmsProGateway } from './sms-pro.gateway.js';
import { statusMeaning } from './status/status-tables.js';
import { rejectionOf } from './wire.fixture.js';

const REQUEST: SendPacketRequest = {
  id: 'A88726',
  sender: 'My-company',
  text: 'Any SMS message text',
  phones: ['+996 550 123 456', '0550123457'],
};

interface Answers {
  readonly message?: Partial<SendPacketAnswer>;
  readonly dr?: Partial<ReportsAnswer>;
  readonly def?: Partial<LookupAnswer>;
  readonly info?: Partial<AccountAnswer>;
}

/** A gateway over answers made up, and what it was asked. */
function given(answers: Answers): { gateway: SmsProGateway; asked: unknown[] } {
  const asked: unknown[] = [];
  const gateway = new SmsProGateway({
    sendPacket: async (request) => {
      asked.push(request);
      return { id: request.id, status: '0', phones: 2, smscnt: 1, message: null, ...answers.message };
    },
    getReports: async (id, phone) => {
      asked.push([id, phone]);
      return { status: '0', reports: [], unreadable: 0, ...answers.dr };
    },
    lookup: async (phone) => {
      asked.push(phone);
      return { status: '0', region: null, operator: null, utcOffsetHours: null, ...answers.def };
    },
    getAccount: async () => ({ status: '0', active: true, balance: '1.00', smsPrice: '0.50', ...answers.info }),
  });
  return { gateway, asked };
}

describe('sendPacket', () => {
  it('sends the phones as the gateway reads them', async () => {
    const { gateway, asked } = given({});
    expect(await gateway.sendPacket(REQUEST)).toEqual({
      id: 'A88726',
      status: 0,
      test: false,
      phones: 2,
      smscnt: 1,
      message: null,
    });
    expect(asked).toEqual([{ ...REQUEST, phones: ['996550123456', '996550123457'] }]);
  });

  it('takes 11 as a success that was only a test', async () => {
    const { gateway } = given({ message: { status: '11', phones: 2, smscnt: null } });
    expect(await gateway.sendPacket({ ...REQUEST, test: true })).toMatchObject({
      status: 11,
      test: true,
      smscnt: null,
    });
  });

  it('takes an answer that names no id', async () => {
    const { gateway } = given({ message: { id: null } });
    expect(await gateway.sendPacket(REQUEST)).toMatchObject({ id: 'A88726', status: 0 });
  });

  it.each(['0', '9', '5'])('refuses to read status %s of another id', async (status) => {
    const { gateway } = given({ message: { id: 'B1', status } });
    expect(await rejectionOf(gateway.sendPacket(REQUEST))).toBeInstanceOf(SmsProProtocolError);
  });

  it.each(['1', '2', '3', '4', '5', '6', '7', '8', '9', '10', '12', '00'])('throws on status %s', async (status) => {
    const { gateway } = given({ message: { status, phones: 2, smscnt: 1, message: 'плохой номер 996550123456' } });
    const error = await rejectionOf(gateway.sendPacket(REQUEST));
    expect(error).toBeInstanceOf(SmsProGatewayError);
    expect(error).toMatchObject({
      call: 'message',
      status,
      hint: statusMeaning('message', status).hint,
      retryable: ['9', '12', '00'].includes(status),
    });
    expect(String(error)).not.toContain('996550123456');
  });

  it('names every fault of the request and sends nothing', async () => {
    const { gateway, asked } = given({});
    const error = await rejectionOf(
      gateway.sendPacket({
        id: 'a-1',
        sender: 'Моя',
        text: ' ',
        phones: ['996550123456', '99655012345', '+996550123456'],
        time: new Date(Number.NaN),
      }),
    );
    expect(error).toBeInstanceOf(SmsProInputError);
    expect(error).toMatchObject({
      issues: [
        { path: 'id' },
        { path: 'sender' },
        { path: 'text' },
        { path: 'time' },
        { path: 'phones[1]' },
        { path: 'phones[2]' },
      ],
    });
    expect(String(error)).not.toMatch(/\d{9}/);
    expect(asked).toEqual([]);
  });

  it.each([
    [0, 'has 0 numbers, a packet takes 1 to 50'],
    [51, 'has 51 numbers, a packet takes 1 to 50'],
  ])('refuses %i phones', async (count, message) => {
    const phones = Array.from({ length: count }, (_, index) => String(996_550_100_000 + index));
    const error = await rejectionOf(given({}).gateway.sendPacket({ ...REQUEST, phones }));
    expect(error).toMatchObject({ issues: [{ path: 'phones', message }] });
  });

  it.each([[''], ['a'.repeat(13)], ['a b'], ['ид'], ['a\n']])('refuses the id %j', async (id) => {
    expect(await rejectionOf(given({}).gateway.sendPacket({ ...REQUEST, id }))).toMatchObject({
      issues: [{ path: 'id', message: 'is not 1 to 12 Latin letters and digits' }],
    });
  });
});

describe('getReports', () => {
  const report = { phone: '996550123456', code: '3', sendTime: '20260101060000', rcvTime: '' };

  it('gives the times as dates', async () => {
    const reports = [{ ...report, sentAt: Date.UTC(2026, 0, 1), deliveredAt: null }];
    const { gateway, asked } = given({ dr: { reports, unreadable: 1 } });
    expect(await gateway.getReports('A88726', '0550123456')).toEqual([
      { ...report, sentAt: new Date(Date.UTC(2026, 0, 1)), deliveredAt: null },
    ]);
    expect(asked).toEqual([['A88726', '996550123456']]);
  });

  it('throws when nothing of what came can be read', async () => {
    const { gateway } = given({ dr: { unreadable: 2 } });
    expect(await rejectionOf(gateway.getReports('A88726'))).toBeInstanceOf(SmsProProtocolError);
    expect(await given({}).gateway.getReports('A88726')).toEqual([]);
  });

  it.each(['1', '2', '3', '4', '5', '6'])('throws on status %s', async (status) => {
    const error = await rejectionOf(given({ dr: { status } }).gateway.getReports('A88726'));
    expect(error).toMatchObject({
      call: 'dr',
      status,
      hint: statusMeaning('dr', status).hint,
      retryable: status > '3',
    });
  });

  it('checks what it is asked', async () => {
    const { gateway, asked } = given({});
    expect(await rejectionOf(gateway.getReports('<id>'))).toBeInstanceOf(SmsProInputError);
    expect(await rejectionOf(gateway.getReports('A1', '12'))).toBeInstanceOf(SmsProInputError);
    expect(asked).toEqual([]);
  });
});

describe('lookup', () => {
  it('gives what the gateway knows', async () => {
    const { gateway, asked } = given({ def: { region: 'Бишкек , Бишкек', operator: 'MegaCom', utcOffsetHours: 6 } });
    expect(await gateway.lookup('0550 123 456')).toEqual({
      phone: '996550123456',
      region: 'Бишкек , Бишкек',
      operator: 'MegaCom',
      utcOffsetHours: 6,
    });
    expect(asked).toEqual(['996550123456']);
  });

  it.each(['1', '2', '3', '4', '5'])('throws on status %s', async (status) => {
    const error = await rejectionOf(given({ def: { status } }).gateway.lookup('996550123456'));
    expect(error).toMatchObject({ call: 'def', status, hint: statusMeaning('def', status).hint });
  });

  it('checks the phone', async () => {
    expect(await rejectionOf(given({}).gateway.lookup('99655012345'))).toBeInstanceOf(SmsProInputError);
  });
});

describe('getAccount', () => {
  it('gives the account', async () => {
    const { gateway } = given({ info: { balance: '-0.50', active: false } });
    expect(await gateway.getAccount()).toEqual({ balance: '-0.50', smsPrice: '0.50', active: false });
  });

  it.each(['1', '2', '3', '4'])('throws on status %s', async (status) => {
    const error = await rejectionOf(given({ info: { status, balance: null } }).gateway.getAccount());
    expect(error).toMatchObject({ call: 'info', status, hint: statusMeaning('info', status).hint });
  });

  it('throws when a figure is missing', async () => {
    expect(await rejectionOf(given({ info: { balance: null } }).gateway.getAccount())).toBeInstanceOf(
      SmsProProtocolError,
    );
  });
});
