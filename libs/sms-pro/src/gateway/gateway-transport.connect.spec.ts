import { Agent as HttpAgent } from 'node:http';
import type { LookupFunction } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HttpService } from '@nestjs/axios';
import { create as createAxios } from 'axios';
import type { GatewayTransport } from './gateway-transport.js';
import { Loopback } from './loopback.fixture.js';
import { selfSigned } from './self-signed.fixture.js';
import { closeOpened, DOCUMENT, failureOf, tcp, track, transportTo } from './transport.fixture.js';

const nameNotFound: LookupFunction = (_name, _options, done) => {
  done(Object.assign(new Error('getaddrinfo ENOTFOUND'), { code: 'ENOTFOUND', syscall: 'getaddrinfo' }), '');
};
const neverAnswers: LookupFunction = () => undefined;

/** A transport to a name that is looked up like this. */
function transportLookingUp(lookup: LookupFunction, times: Parameters<typeof transportTo>[1] = {}): GatewayTransport {
  const httpAgent = new HttpAgent({ lookup });
  const http = new HttpService(createAxios({ httpAgent, proxy: false }));
  return transportTo('http://gateway.invalid', times, track({ http, close: () => httpAgent.destroy() }));
}

afterEach(closeOpened);

describe('GatewayTransport while it connects', () => {
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

  it('a name that is not found was not sent', async () => {
    const error = await failureOf(transportLookingUp(nameNotFound).post('def', DOCUMENT));
    expect(error).toMatchObject({ outcome: 'not-sent', fault: 'dns', retryable: true });
  });

  it('a connection that does not come about in time was not sent', async () => {
    const transport = transportLookingUp(neverAnswers, { connectTimeoutMs: 50 });
    const error = await failureOf(transport.post('message', DOCUMENT));
    expect(error).toMatchObject({ outcome: 'not-sent', fault: 'connect-timeout' });
  });

  it('the total time holds too', async () => {
    const transport = transportLookingUp(neverAnswers, { timeoutMs: 50 });
    const error = await failureOf(transport.post('message', DOCUMENT));
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

  it('a certificate that is not trusted: nothing was sent, and the server read no byte', async () => {
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
