import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fieldsOf, post, send, sendRaw, sendXml } from '../gateway-client.fixture.js';
import { startSimulator, type Simulator } from '../index.js';

const withLength = (body: string): string => `Content-Length: ${Buffer.byteLength(body)}\r\n`;

describe('unusual requests', () => {
  let simulator: Simulator;

  beforeEach(async () => {
    simulator = await startSimulator();
  });
  afterEach(() => simulator.stop());

  const raw = (target: string, headers: string, body: string, version = '1.1'): Promise<string> =>
    sendRaw(
      simulator.port,
      `POST ${target} HTTP/${version}\r\nHost: smspro.nikita.kg\r\nConnection: close\r\n${headers}\r\n${body}`,
    );

  it.each([
    'http://smspro.nikita.kg/api/message',
    'https://smspro.nikita.kg:443/api/message?x=1',
    '/api/message/',
    '/api/message?x=1&y=2',
  ])('target %s', async (target) => {
    expect(await raw(target, withLength(sendXml()), sendXml())).toContain('<status>0</status>');
  });

  it('HTTP/1.0', async () => {
    expect(await raw('/api/message', withLength(sendXml()), sendXml(), '1.0')).toContain('<status>0</status>');
  });

  it('a chunked body', async () => {
    const xml = sendXml();
    const chunks = [xml.slice(0, 30), xml.slice(30)].map((part) => `${part.length.toString(16)}\r\n${part}\r\n`);
    const answer = await raw('/api/message', 'Transfer-Encoding: chunked\r\n', `${chunks.join('')}0\r\n\r\n`);
    expect(answer).toContain('<status>0</status>');
  });

  it('Expect: 100-continue', async () => {
    const xml = sendXml();
    const answer = await raw('/api/message', `Expect: 100-continue\r\n${withLength(xml)}`, xml);
    expect(answer).toContain('100 Continue');
    expect(answer).toContain('<status>0</status>');
  });

  it('several requests on one connection', async () => {
    const requests = ['K1', 'K2'].map((id) => {
      const xml = sendXml({ id });
      return `POST /api/message HTTP/1.1\r\nHost: x\r\n${id === 'K2' ? 'Connection: close\r\n' : ''}${withLength(xml)}\r\n${xml}`;
    });
    const answer = await sendRaw(simulator.port, requests.join(''));
    expect(answer.match(/<status>0<\/status>/g)).toHaveLength(2);
  });

  it.each([
    undefined,
    'application/xml',
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/json',
    'nonsense',
  ])('Content-Type %s', async (type) => {
    const reply = await post(
      `${simulator.url}/api/message`,
      sendXml(),
      type === undefined ? {} : { 'content-type': type },
    );
    expect(fieldsOf(reply.body)['status']).toBe('0');
  });

  it.each(['GET', 'PUT', 'DELETE', 'OPTIONS'])('%s is answered with 405', async (method) => {
    expect(await send(method, `${simulator.url}/api/message`, '')).toMatchObject({
      status: 405,
      headers: { allow: 'POST' },
    });
  });

  it('an unknown path is answered with 404', async () => {
    expect((await post(`${simulator.url}/api/other`, '')).status).toBe(404);
  });

  it('windows-1251, declared in the document or in the header', async () => {
    const cyrillic = Buffer.from([0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2]);
    const bytes = (xml: string): Buffer => {
      const [before = '', after = ''] = xml.split('TEXT');
      return Buffer.concat([Buffer.from(before), cyrillic, Buffer.from(after)]);
    };
    const declared = sendXml({ id: 'W1', text: 'TEXT' }).replace('UTF-8', 'windows-1251');
    await post(`${simulator.url}/api/message`, bytes(declared));
    const undeclared = sendXml({ id: 'W2', text: 'TEXT' }).replace(/^<\?.*?\?>/, '');
    await post(`${simulator.url}/api/message`, bytes(undeclared), { 'content-type': 'text/xml; charset=windows-1251' });
    expect(simulator.ledger().map(({ text }) => text)).toEqual(['Привет', 'Привет']);
  });

  it('byte order marks of UTF-8 and UTF-16', async () => {
    await post(`${simulator.url}/api/message`, Buffer.from(`\ufeff${sendXml({ id: 'B1', text: 'ү' })}`));
    const wide = sendXml({ id: 'B2', text: 'ң' }).replace('UTF-8', 'UTF-16');
    await post(`${simulator.url}/api/message`, Buffer.from(`\ufeff${wide}`, 'utf16le'));
    expect(simulator.ledger().map(({ text }) => text)).toEqual(['ү', 'ң']);
  });

  it('entities, CDATA, comments and line ends are read as XML says', async () => {
    const text = '&lt;&amp;&gt;&#1041;<![CDATA[<b>&]]><!-- no -->\r\n😀';
    await post(`${simulator.url}/api/message`, sendXml({ text }));
    expect(simulator.ledger()[0]?.text).toBe('<&>Б<b>&\n😀');
  });

  it('elements spread over lines, and a prefix for the namespace', async () => {
    const spread = sendXml().replaceAll('><', '>\n  <').replace('>996550123456<', '>\n 996550123456 \n<');
    expect(fieldsOf((await post(`${simulator.url}/api/message`, spread)).body)['status']).toBe('0');
    const prefixed = sendXml({ id: 'P1' })
      .replaceAll(/<(\/?)(\w+)>/g, '<$1m:$2>')
      .replace('<m:message>', '<m:message xmlns:m="http://Giper.mobi/schema/Message">');
    expect(fieldsOf((await post(`${simulator.url}/api/message`, prefixed)).body)['status']).toBe('0');
  });

  const good = sendXml();
  it.each([
    ['nothing', ''],
    ['JSON', '{"message":{}}'],
    ['an open end', good.slice(0, -5)],
    ['a bare ampersand', good.replace('Any', 'A & B')],
    ['two roots', `${good}<message/>`],
    ['a DOCTYPE', good.replace('<message>', '<!DOCTYPE message><message>')],
    ['an unknown entity', good.replace('Any', '&nbsp;')],
    ['a control character', good.replace('Any', 'A\u0001')],
    ['an unbound prefix', good.replaceAll('message>', 'm:message>')],
    ['another namespace', good.replace('<message>', '<message xmlns="urn:other">')],
    ['another root', good.replaceAll('message>', 'dr>')],
    ['an element twice', good.replace('<id>', '<id>X1</id><id>')],
    ['an element in another case', good.replaceAll('sender>', 'Sender>')],
    ['elements inside a field', good.replace('Any', '<b>Any</b>')],
    ['something other than phone in phones', good.replaceAll('phone>', 'number>')],
  ])('answers 1 in XML with HTTP 200 to %s', async (_what, xml) => {
    const reply = await post(`${simulator.url}/api/message`, xml);
    expect([reply.status, fieldsOf(reply.body)['status']]).toEqual([200, '1']);
    expect(simulator.ledger()).toEqual([]);
  });

  it('answers 1 to bytes that are not in the encoding they claim', async () => {
    const bytes = Buffer.concat([
      Buffer.from(good.slice(0, 60)),
      Buffer.from([0xff, 0xfe]),
      Buffer.from(good.slice(60)),
    ]);
    expect(fieldsOf((await post(`${simulator.url}/api/message`, bytes)).body)['status']).toBe('1');
  });

  it('escapes the values that it repeats in an answer', async () => {
    const reply = await post(`${simulator.url}/api/message`, sendXml({ id: '&lt;a&gt;' }));
    expect(reply.body).toContain('<id>&lt;a&gt;</id>');
  });

  it('ignores a request whose body is cut', async () => {
    const xml = sendXml();
    const socket = connect(simulator.port, '127.0.0.1');
    socket.write(`POST /api/message HTTP/1.1\r\nHost: x\r\nContent-Length: ${xml.length}\r\n\r\n${xml.slice(0, -9)}`);
    while (simulator.stats().requests.inFlight === 0) await new Promise(setImmediate);
    socket.destroy();
    while (simulator.stats().requests.inFlight > 0) await new Promise(setImmediate);
    expect(simulator.stats().requests.total).toBe(0);
  });

  it('answers 413 to a body of more than 1 MB', async () => {
    expect((await post(`${simulator.url}/api/message`, 'a'.repeat(1_100_000))).status).toBe(413);
  });
});
