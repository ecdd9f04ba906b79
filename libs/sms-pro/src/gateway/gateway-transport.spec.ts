import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Loopback } from './loopback.fixture.js';
import { closeOpened, DOCUMENT, failureOf, tcp, transportTo, web } from './transport.fixture.js';

afterEach(closeOpened);

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

  it.each(['no answer', 'half an answer'])('%s in time is unknown', async (kind) => {
    const server = await tcp((socket) => {
      socket.write(kind === 'no answer' ? '' : 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<response>');
    });
    const error = await failureOf(transportTo(server.url, { timeoutMs: 1_000 }).post('message', DOCUMENT));
    expect(error).toMatchObject({ outcome: 'unknown', fault: 'timeout' });
  });

  it('an answer that trickles in without an end is stopped by the total time', async () => {
    const server = await web((response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x'), 10);
      response.on('close', () => clearInterval(timer));
    });
    const error = await failureOf(transportTo(server.url, { timeoutMs: 1_000 }).post('message', DOCUMENT));
    expect(error).toMatchObject({ outcome: 'unknown', fault: 'timeout' });
  });
});
