import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { closeOpened, DOCUMENT, failureOf, gatewayHttp, transportTo, web } from './transport.fixture.js';

afterEach(closeOpened);

describe('the connections of GatewayTransport', () => {
  it('are kept for the next call, and no more than asked for', async () => {
    const waiting: { end(body: string): unknown }[] = [];
    let most = 0;
    const server = await web((response) => {
      waiting.push(response);
      most = Math.max(most, waiting.length);
      if (waiting.length === 2) {
        waiting.splice(0).forEach((held) => held.end('<a/>'));
      }
    });
    const transport = transportTo(server.url, {}, gatewayHttp({ maxSockets: 2 }));
    await Promise.all(Array.from({ length: 10 }, () => transport.post('dr', DOCUMENT)));
    expect(server.connections).toBe(2);
    expect(most).toBe(2);
  });

  it('a kept one that the gateway has closed in the meantime is unknown', async () => {
    let requests = 0;
    const server = await web((response, _body, request) => {
      requests += 1;
      if (requests === 1) {
        response.end('<a/>');
      } else {
        request.socket.resetAndDestroy();
      }
    });
    const transport = transportTo(server.url);
    await transport.post('dr', DOCUMENT);
    expect(await failureOf(transport.post('message', DOCUMENT))).toMatchObject({
      outcome: 'unknown',
      fault: 'reset',
    });
    expect(requests).toBe(2);
    expect(server.connections).toBe(1);
  });

  it('end with the account', async () => {
    const server = await web((response) => response.end('<a/>'));
    const http = gatewayHttp();
    await transportTo(server.url, {}, http).post('dr', DOCUMENT);
    const closed = Promise.all([...server.sockets].map((socket) => once(socket, 'close')));
    expect(server.sockets.size).toBe(1);
    http.close();
    await closed;
    expect(server.sockets.size).toBe(0);
  });

  it('go through a proxy only when one is given', async () => {
    const asked: unknown[] = [];
    const proxy = await web((response, _body, request) => {
      asked.push([request.url, request.headers['proxy-authorization']]);
      response.end('<a/>');
    });
    const server = await web((response) => response.end('<a/>'));
    const variable = process.env['http_proxy'];
    process.env['http_proxy'] = proxy.url;
    try {
      await transportTo(server.url).post('info', DOCUMENT);
      expect(asked).toEqual([]);
    } finally {
      if (variable === undefined) {
        delete process.env['http_proxy'];
      } else {
        process.env['http_proxy'] = variable;
      }
    }
    const given = proxy.url.replace('http://', 'http://user:p%40ss@');
    const through = transportTo('http://gateway.invalid', {}, gatewayHttp({ maxSockets: 1, proxy: given }));
    await through.post('info', DOCUMENT);
    expect(asked).toEqual([
      ['http://gateway.invalid/api/info', `Basic ${Buffer.from('user:p@ss').toString('base64')}`],
    ]);
  });
});
