import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { SmsProError, SmsProInputError, SmsProProtocolError } from '../errors/sms-pro.errors.js';
import { GatewayClient } from './gateway-client.js';
import type { GatewayConfig } from './gateway.config.js';
import { createGatewayHttp } from './gateway-transport.js';
import { answering, Loopback } from './loopback.fixture.js';
import type { SendPacketRequest } from './message.codec.js';
import { rejectionOf } from './wire.fixture.js';

const REQUEST: SendPacketRequest = {
  id: 'a88726000000',
  sender: 'My-company',
  text: 'Ваш код 482913, кодовое слово ольха',
  phones: ['996550123456', '996550123457'],
};
/** Each of these must not be seen in an error. */
const SECRETS = ['hunter2-password', 'partner-login', '482913', 'ольха', '996550123456', '996550123457'];

const closing: (() => unknown)[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function clientOf(
  behaviour: Parameters<typeof answering>[0],
  config: Partial<GatewayConfig> = {},
): Promise<GatewayClient> {
  const server = await Loopback.http(answering(behaviour));
  const { http, close } = createGatewayHttp({ maxSockets: 2 });
  closing.push(close, () => server.close());
  return new GatewayClient(
    {
      login: 'partner-login',
      password: 'hunter2-password',
      baseUrl: server.url,
      timeoutMs: 60_000,
      connectTimeoutMs: 1_000,
      reportUtcOffsetMinutes: 360,
      maxSockets: 2,
      ...config,
    },
    http,
  );
}

function answer(xml: string | Buffer, contentType = 'text/xml; charset=UTF-8'): Parameters<typeof answering>[0] {
  return (response) => response.writeHead(200, { 'Content-Type': contentType }).end(xml);
}

describe('GatewayClient', () => {
  it('makes each call with its own document', async () => {
    const seen: string[][] = [];
    const client = await clientOf((response, body, request) => {
      seen.push([request.url ?? '', /<(\w+)[ >]/.exec(body.toString().slice(38))?.[1] ?? '']);
      response.end('<response><status>4</status></response>');
    });
    await client.sendPacket(REQUEST);
    await client.getReports('a88726000000');
    await client.lookup('996550123456');
    await client.getAccount();
    expect(seen).toEqual([
      ['/api/message', 'message'],
      ['/api/dr', 'dr'],
      ['/api/def', 'def'],
      ['/api/info', 'info'],
    ]);
  });

  it('gives the answer as data, whatever its status', async () => {
    const client = await clientOf(
      answer('<response><status>2</status><phones>2</phones><smscnt>1</smscnt></response>'),
    );
    expect(await client.sendPacket(REQUEST)).toEqual({ id: null, status: '2', phones: 2, smscnt: 1, message: null });
  });

  it('reads reports in the zone of its configuration', async () => {
    const report = '<number>996550123456</number><report>1</report><sendTime>20260101000000</sendTime>';
    const client = await clientOf(answer(`<response><status>0</status><phone>${report}</phone></response>`), {
      reportUtcOffsetMinutes: 0,
    });
    const { reports } = await client.getReports('a88726000000', '996550123456');
    expect(reports.map(({ sentAt }) => sentAt)).toEqual([Date.UTC(2026, 0, 1)]);
  });

  it('reads an answer in the encoding its Content-Type declares', async () => {
    const region = Buffer.from([0xc1, 0xe8, 0xf8, 0xea, 0xe5, 0xea]);
    const xml = Buffer.concat([
      Buffer.from('<response><status>0</status><region>'),
      region,
      Buffer.from('</region></response>'),
    ]);
    const client = await clientOf(answer(xml, 'text/xml; charset=windows-1251'));
    expect(await client.lookup('996550123456')).toMatchObject({ status: '0', region: 'Бишкек' });
  });

  it.each([
    ['HTML', '<!DOCTYPE html><html><body>996550123456 hunter2-password</body></html>'],
    ['nothing', ''],
    ['no status', '<response><message>996550123456 482913</message></response>'],
    ['half an answer', '<response><id>a88726000000</id><status>0</status>'],
  ])('an answer with HTTP 200 that is %s is a protocol error', async (_title, xml) => {
    const client = await clientOf(answer(xml, 'text/html'));
    const error = await rejectionOf(client.sendPacket(REQUEST));
    expect(error).toBeInstanceOf(SmsProProtocolError);
    expect(error).toMatchObject({ call: 'message', code: 'PROTOCOL' });
  });

  it('sends nothing when a field cannot be carried', async () => {
    let requests = 0;
    const client = await clientOf(() => (requests += 1));
    expect(await rejectionOf(client.sendPacket({ ...REQUEST, text: 'код\u0002' }))).toBeInstanceOf(SmsProInputError);
    expect(requests).toBe(0);
  });

  it.each<[string, Parameters<typeof answering>[0], Partial<GatewayConfig>]>([
    ['a reset', (_response, _body, request) => request.socket.resetAndDestroy(), {}],
    ['a redirect', (response) => response.writeHead(302, { Location: '/' }).end(), {}],
    ['a page not found', (response) => response.writeHead(404).end('996550123456'), {}],
    ['a server error', (response) => response.writeHead(500).end('996550123456'), {}],
    ['a time-out', () => undefined, { timeoutMs: 50 }],
    ['an answer too long', (response) => response.end(Buffer.alloc(300_000, '996550123456')), {}],
    ['HTML', answer('<html>996550123456 hunter2-password</html>'), {}],
    ['an entity', answer('<response><status>&hunter2-password;</status></response>'), {}],
    ['no status', answer('<response><message>996550123456</message></response>'), {}],
    ['no server', () => undefined, { baseUrl: 'http://127.0.0.1:1' }],
    ['no TLS', () => undefined, { baseUrl: 'https://127.0.0.1:1' }],
    ['a password that XML cannot carry', () => undefined, { password: 'hunter2-password\u0000' }],
  ])('shows no secret, text or phone in the error of %s', async (_title, behaviour, config) => {
    const client = await clientOf(behaviour, config);
    const error = await rejectionOf(client.sendPacket(REQUEST));
    expect(error).toBeInstanceOf(SmsProError);
    const seen = [inspect(error, { depth: 10, showHidden: true }), JSON.stringify(error), String(error)].join('\n');
    expect(SECRETS.filter((secret) => seen.includes(secret))).toEqual([]);
  });

  it('shows no secret when it is inspected itself', async () => {
    const client = await clientOf(() => undefined);
    const seen = inspect(client, { depth: 10 }) + JSON.stringify(client);
    expect(SECRETS.filter((secret) => seen.includes(secret))).toEqual([]);
  });
});
