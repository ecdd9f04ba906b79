import { getEventListeners, once } from 'node:events';
import { Agent as HttpAgent } from 'node:http';
import type { LookupFunction } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HttpService } from '@nestjs/axios';
import { create as createAxios } from 'axios';
import { SmsProTransportError } from '../errors/sms-pro.errors.js';
import { createGatewayHttp, GatewayTransport, type GatewayHttp } from './gateway-transport.js';
import { answering, Loopback } from './loopback.fixture.js';
import { selfSigned } from './self-signed.fixture.js';
import { rejectionOf } from './wire.fixture.js';

const DOCUMENT = Buffer.from('<message><pwd>hunter2-password</pwd><phone>996550123456</phone></message>');
const TIMES = { timeoutMs: 5_000, connectTimeoutMs: 4_000 };

const nameNotFound: LookupFunction = (_name, _options, done) => {
  done(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND', syscall: 'getaddrinfo' }), '');
};

const opened: { close(): unknown }[] = [];

function track<T extends { close(): unknown }>(resource: T): T {
  opened.push(resource);
  return resource;
}

async function tcp(onData: Parameters<typeof Loopback.tcp>[0]): Promise<Loopback> {
  return track(await Loopback.tcp(onData));
}

async function web(answer: Parameters<typeof answering>[0]): Promise<Loopback> {
  return track(await Loopback.http(answering(answer)));
}

function gatewayHttp(config: Parameters<typeof createGatewayHttp>[0] = { maxSockets: 4 }): GatewayHttp {
  return track(createGatewayHttp(config));
}

function transportTo(baseUrl: string, times: Partial<typeof TIMES> = {}, { http } = gatewayHttp()): GatewayTransport {
  return new GatewayTransport({ baseUrl, ...TIMES, ...times }, http);
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((resource) => resource.close()));
});

/** Nothing of the request may be seen, however deep one looks. */
function expectNoLeak(error: unknown): void {
  const seen = inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error) + String(error);
  expect(seen).not.toMatch(/hunter2|996550123456|<message>/);
}

async function failureOf(promise: Promise<unknown>): Promise<SmsProTransportError> {
  const error = await rejectionOf(promise);
  expectNoLeak(error);
  if (!(error instanceof SmsProTransportError)) {
    throw new Error(`not a transport error: ${inspect(error)}`);
  }
  return error;
}

describe('GatewayTransport', () => {
  it('posts the document once and returns the answer as bytes', async () => {
    const seen: unknown[] = [];
    const server = await web((response, body, request) => {
      seen.push([request.method, request.url, request.headers['content-type'], body.toString()]);
      response.writeHead(200, { 'Content-Type': 'text/xml; charset=windows-1251' }).end(Buffer.from([0xc1, 0x00]));
    });
    const answer = await transportTo(`${server.url}/`).post('message', DOCUMENT);
    expect(answer.contentType).toBe('text/xml; charset=windows-1251');
    expect([...answer.bytes]).toEqual([0xc1, 0x00]);
    expect(seen).toEqual([['POST', '/api/message', 'application/xml; charset=utf-8', DOCUMENT.toString()]]);
  });

  it('unpacks gzip and takes an empty answer', async () => {
    const packed = await web((response) =>
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync('<a/>')),
    );
    const empty = await web((response) => response.writeHead(200).end());
    expect(Buffer.from((await transportTo(packed.url).post('dr', DOCUMENT)).bytes).toString()).toBe('<a/>');
    expect((await transportTo(empty.url).post('dr', DOCUMENT)).bytes).toHaveLength(0);
  });

  it.each([
    [301, 'not-sent'],
    [302, 'not-sent'],
    [307, 'not-sent'],
    [400, 'not-sent'],
    [401, 'not-sent'],
    [404, 'not-sent'],
    [413, 'not-sent'],
    [429, 'not-sent'],
    [408, 'unknown'],
    [500, 'unknown'],
    [502, 'unknown'],
    [504, 'unknown'],
  ])('reads HTTP %i as %s, and follows and repeats nothing', async (status, outcome) => {
    let requests = 0;
    const server = await web((response) => {
      requests += 1;
      response.writeHead(status, { Location: '/elsewhere' }).end('<html>hunter2</html>');
    });
    const error = await failureOf(transportTo(server.url).post('message', DOCUMENT));
    expect(error).toMatchObject({ call: 'message', outcome, fault: 'http-status', httpStatus: status });
    expect(requests).toBe(1);
  });

  it.each<[string, string, string, Parameters<typeof Loopback.tcp>[0]]>([
    ['reset before the answer', 'unknown', 'reset', (socket) => socket.resetAndDestroy()],
    ['closed before the answer', 'unknown', 'reset', (socket) => socket.end()],
    ['cut off in the head', 'unknown', 'reset', (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Le')],
    [
      'cut off in the body',
      'unknown',
      'reset',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<response>'),
    ],
    [
      'cut off in a chunk',
      'unknown',
      'reset',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n<response>'),
    ],
    ['not HTTP', 'unknown', 'other', (socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n\r\n')],
    [
      'not the gzip it says',
      'unknown',
      'other',
      (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain'),
    ],
    [
      'a refusal whose body is cut off',
      'not-sent',
      'http-status',
      (socket) => socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\n<html>'),
    ],
    [
      'a server error whose body is cut off',
      'unknown',
      'reset',
      (socket) => socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 100\r\n\r\n<html>'),
    ],
  ])('an answer that is %s is %s (%s)', async (_title, outcome, fault, onData) => {
    const server = await tcp(onData);
    const error = await failureOf(transportTo(server.url).post('message', DOCUMENT));
    expect(error).toMatchObject({ outcome, fault });
    expect(server.connections).toBe(1);
  });

  it.each([
    ['as it is', 'identity', Buffer.alloc(300_000, 'x')],
    ['once unpacked', 'gzip', gzipSync(Buffer.alloc(20_000_000))],
  ])('reads no more than 256 kB of an answer that is too long %s', async (_title, encoding, bytes) => {
    const server = await web((response) => response.writeHead(200, { 'Content-Encoding': encoding }).end(bytes));
    const error = await failureOf(transportTo(server.url).post('message', DOCUMENT));
    expect(error).toMatchObject({ outcome: 'unknown', fault: 'too-large', httpStatus: 200 });
  });

  it('a refused connection was not sent', async () => {
    const server = await tcp(() => undefined);
    const { url } = server;
    await server.close();
    const error = await failureOf(transportTo(url).post('info', DOCUMENT));
    expect(error).toMatchObject({ outcome: 'not-sent', fault: 'refused', retryable: true, httpStatus: undefined });
    expect(error.message).toBe(
      `The gateway at ${new URL(url).host} gave no answer to /api/info: it refused the connection; nothing was sent`,
    );
  });

  it.each(['no answer', 'half an answer'])('%s in time is unknown', async (kind) => {
    const server = await tcp((socket) => {
      socket.write(kind === 'no answer' ? '' : 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<response>');
    });
    const error = await failureOf(transportTo(server.url, { timeoutMs: 100 }).post('message', DOCUMENT));
    expect(error).toMatchObject({ outcome: 'unknown', fault: 'timeout' });
  });

  it('an answer that trickles in without an end is stopped by the total time', async () => {
    const server = await web((response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x'), 10);
      response.on('close', () => clearInterval(timer));
    });
    const error = await failureOf(transportTo(server.url, { timeoutMs: 150 }).post('message', DOCUMENT));
    expect(error).toMatchObject({ outcome: 'unknown', fault: 'timeout' });
  });

  describe('while it connects', () => {
    it('a name that is not found was not sent', async () => {
      const httpAgent = new HttpAgent({ lookup: nameNotFound });
      const http = new HttpService(createAxios({ httpAgent, proxy: false }));
      const error = await failureOf(
        transportTo('http://gateway.invalid', {}, { http, close: () => httpAgent.destroy() }).post('def', DOCUMENT),
      );
      expect(error).toMatchObject({ outcome: 'not-sent', fault: 'dns', retryable: true });
    });

    it('a connection that does not come about in time was not sent', async () => {
      const httpAgent = new HttpAgent({ lookup: () => undefined });
      const http = new HttpService(createAxios({ httpAgent, proxy: false }));
      const error = await failureOf(
        transportTo(
          'http://gateway.invalid',
          { connectTimeoutMs: 50 },
          { http, close: () => httpAgent.destroy() },
        ).post('message', DOCUMENT),
      );
      expect(error).toMatchObject({ outcome: 'not-sent', fault: 'connect-timeout' });
    });

    it('the total time holds too', async () => {
      const httpAgent = new HttpAgent({ lookup: () => undefined });
      const http = new HttpService(createAxios({ httpAgent, proxy: false }));
      const error = await failureOf(
        transportTo('http://gateway.invalid', { timeoutMs: 50 }, { http, close: () => httpAgent.destroy() }).post(
          'message',
          DOCUMENT,
        ),
      );
      expect(error).toMatchObject({ outcome: 'not-sent', fault: 'timeout' });
    });

    it('a handshake that stalls was not sent', async () => {
      const server = await tcp(() => undefined);
      const url = server.url.replace('http:', 'https:');
      const error = await failureOf(transportTo(url, { connectTimeoutMs: 80 }).post('message', DOCUMENT));
      expect(error).toMatchObject({ outcome: 'not-sent', fault: 'connect-timeout' });
    });

    it('a handshake that is cut off was not sent', async () => {
      const server = await tcp((socket) => socket.resetAndDestroy());
      const url = server.url.replace('http:', 'https:');
      const error = await failureOf(transportTo(url).post('message', DOCUMENT));
      expect(error).toMatchObject({ outcome: 'not-sent', fault: 'reset' });
    });

    it('a server that speaks no TLS was not sent', async () => {
      const server = await tcp((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
      const url = server.url.replace('http:', 'https:');
      const error = await failureOf(transportTo(url).post('message', DOCUMENT));
      expect(error).toMatchObject({ outcome: 'not-sent', fault: 'tls', retryable: false });
    });

    it('a certificate nobody vouches for was not sent, and no byte of it was read', async () => {
      let read = 0;
      const tls = createTlsServer(selfSigned(), (socket) => {
        socket.on('error', () => undefined);
        socket.on('data', (chunk) => (read += chunk.length));
      });
      const server = track(await Loopback.listen(tls));
      const url = server.url.replace('http:', 'https:');
      const error = await failureOf(transportTo(url).post('message', DOCUMENT));
      expect(error).toMatchObject({ outcome: 'not-sent', fault: 'tls', retryable: false });
      await server.close();
      expect(read).toBe(0);
    });
  });

  describe('with a signal', () => {
    it('that is aborted already, nothing is sent', async () => {
      const server = await web((response) => response.end());
      const post = transportTo(server.url).post('message', DOCUMENT, { signal: AbortSignal.abort() });
      expect(await failureOf(post)).toMatchObject({ outcome: 'not-sent', fault: 'aborted' });
      expect(server.connections).toBe(0);
    });

    it('that is aborted while the answer is awaited, nobody knows', async () => {
      const abort = new AbortController();
      const server = await web(() => abort.abort());
      const post = transportTo(server.url).post('message', DOCUMENT, { signal: abort.signal });
      expect(await failureOf(post)).toMatchObject({ outcome: 'unknown', fault: 'aborted' });
    });

    it("that ends the caller's own time, it is a time-out", async () => {
      const server = await web(() => undefined);
      const post = transportTo(server.url).post('message', DOCUMENT, { signal: AbortSignal.timeout(50) });
      expect(await failureOf(post)).toMatchObject({ outcome: 'unknown', fault: 'timeout' });
    });

    it('that is aborted while it waits for a free connection, nothing is sent', async () => {
      const abort = new AbortController();
      let requests = 0;
      const server = await web(() => {
        requests += 1;
        abort.abort();
      });
      const transport = transportTo(server.url, { timeoutMs: 300 }, gatewayHttp({ maxSockets: 1 }));
      const first = failureOf(transport.post('message', DOCUMENT));
      const second = failureOf(transport.post('message', DOCUMENT, { signal: abort.signal }));
      expect(await second).toMatchObject({ outcome: 'not-sent', fault: 'aborted' });
      expect(await first).toMatchObject({ outcome: 'unknown', fault: 'timeout' });
      expect(requests).toBe(1);
    });

    it('the signal is let go of when the call ends', async () => {
      const abort = new AbortController();
      const server = await web((response) => response.end('<a/>'));
      await transportTo(server.url).post('dr', DOCUMENT, { signal: abort.signal });
      expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
    });
  });

  describe('the connections', () => {
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
});
