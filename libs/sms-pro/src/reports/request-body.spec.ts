import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { claimBody, readRequestBody, ReportBodyError } from './request-body.js';

const DOCUMENT = '<report/>'.repeat(20);
const LONG_MS = 20_000;

/** What came of reading one request: the text, or the status that refuses it. */
type Outcome = string | number;

describe('the body of a push', () => {
  let server: Server;
  let client: Socket;
  let limits: { maxBytes: number; timeoutMs: number };
  let outcome: Promise<Outcome>;

  beforeEach(async () => {
    limits = { maxBytes: 1_024, timeoutMs: LONG_MS };
    server = createServer();
    outcome = new Promise((resolve) => {
      server.on('request', (request: IncomingMessage, response) => {
        claimBody(request);
        const read = readRequestBody(request, limits)
          .then(({ bytes }) => Buffer.from(bytes).toString('utf8'))
          .catch((error: unknown) => (error instanceof ReportBodyError ? error.httpStatus : String(error)))
          .finally(() => response.end());
        resolve(read);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.on('error', () => {});
  });

  afterEach(async () => {
    client.destroy();
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  });

  const head = (...headers: string[]) =>
    `POST / HTTP/1.1\r\nHost: x\r\n${headers.map((one) => `${one}\r\n`).join('')}\r\n`;

  /** Sends a whole body. */
  const send = (body: Uint8Array, encoding: string) => {
    client.write(head(`Content-Length: ${body.length}`, `Content-Encoding: ${encoding}`));
    client.write(body);
    return outcome;
  };

  it.each([
    ['gzip', gzipSync(DOCUMENT)],
    ['GZIP ', gzipSync(DOCUMENT)],
    ['x-gzip', gzipSync(DOCUMENT)],
    ['deflate', deflateSync(DOCUMENT)],
    ['br', brotliCompressSync(DOCUMENT)],
    ['identity', Buffer.from(DOCUMENT)],
    ['', Buffer.from(DOCUMENT)],
  ])('is unpacked from "%s"', async (encoding, body) => {
    expect(await send(body, encoding)).toBe(DOCUMENT);
  });

  it.each([
    ['is not gzip', Buffer.from(DOCUMENT), 'gzip'],
    ['is cut off inside the gzip', gzipSync(DOCUMENT).subarray(0, -9), 'gzip'],
    ['is packed in an unknown way', Buffer.from(DOCUMENT), 'zstd-of-tomorrow'],
    ['names what is no way of packing', Buffer.from(DOCUMENT), 'constructor'],
  ])('that %s is refused', async (_what, body, encoding) => {
    expect(await send(body, encoding)).toBe(400);
  });

  it('is too large by what it unpacks to', async () => {
    expect(await send(gzipSync('x'.repeat(100_000)), 'gzip')).toBe(413);
  });

  it('is too large also where it goes on behind the gzip', async () => {
    client.write(head('Transfer-Encoding: chunked', 'Content-Encoding: gzip'));
    const [start, rest] = [Buffer.alloc(900), Buffer.alloc(4_096)];
    gzipSync('x'.repeat(1_000), { level: 0 }).copy(start);
    for (const part of [start, rest]) {
      client.write(`${part.length.toString(16)}\r\n`);
      client.write(part);
      client.write('\r\n');
    }
    client.write('0\r\n\r\n');
    expect(await outcome).toBe(413);
  });

  it('that stalls is given up at the time limit', async () => {
    limits.timeoutMs = 50;
    client.write(`${head('Content-Length: 100')}<report>`);
    expect(await outcome).toBe(408);
  });

  it('that is too large and stalls is refused as too large at the time limit', async () => {
    limits.timeoutMs = 50;
    client.write(`${head('Content-Length: 100000')}<report>`);
    expect(await outcome).toBe(413);
  });

  it.each([
    ['plain', 'identity'],
    ['packed', 'gzip'],
  ])('that breaks off is refused at once, %s', async (_how, encoding) => {
    const body = gzipSync(DOCUMENT).subarray(0, 20);
    const read = new Promise((resolve) => {
      server.on('request', (request: IncomingMessage) => request.once('data', resolve));
    });
    client.write(head('Content-Length: 1000', `Content-Encoding: ${encoding}`));
    client.write(body);
    await read;
    client.destroy();
    expect(await outcome).toBe(400);
  });

  it('that the host takes down is refused at once', async () => {
    server.on('request', (request: IncomingMessage) => request.once('data', () => request.destroy()));
    client.write(`${head('Content-Length: 1000')}<report>`);
    expect(await outcome).toBe(400);
  });

  it('that had broken off before anybody read it is refused', async () => {
    server.removeAllListeners('request');
    client.write(`${head('Content-Length: 1000')}<report>`);
    const [request] = (await once(server, 'request')) as [IncomingMessage];
    const closed = new Promise((resolve) => {
      request.on('error', () => {}).once('close', resolve);
    });
    client.destroy();
    await closed;
    await expect(readRequestBody(request, limits)).rejects.toMatchObject({ httpStatus: 400 });
  });
});
