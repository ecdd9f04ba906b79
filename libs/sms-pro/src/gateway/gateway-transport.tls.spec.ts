import { Agent as HttpsAgent, createServer as createHttpsServer } from 'node:https';
import { createServer as createHttpServer } from 'node:http';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HttpService } from '@nestjs/axios';
import { create as createAxios, type AxiosProxyConfig } from 'axios';
import { GatewayTransport } from './gateway-transport.js';
import { answering, Loopback } from './loopback.fixture.js';
import { selfSigned } from './self-signed.fixture.js';
import { rejectionOf } from './wire.fixture.js';

const DOCUMENT = Buffer.from('<message/>');
const identity = selfSigned();
const closing: (() => unknown)[] = [];

afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

/** A gateway behind TLS that answers the first request and resets the connection on the second. */
async function gateway(): Promise<{ url: string; bodies: string[] }> {
  const bodies: string[] = [];
  const listener = answering((response, body, request) => {
    bodies.push(body.toString());
    if (bodies.length === 1) {
      response.end('<response/>');
    } else {
      request.socket.destroy();
    }
  });
  const server = await Loopback.listen(createHttpsServer(identity, listener));
  closing.push(() => server.close());
  return { url: server.url.replace('http:', 'https:'), bodies };
}

/** A client that trusts the gateway's certificate. */
function transportTo(baseUrl: string, keepAlive: boolean, proxy: AxiosProxyConfig | false = false): GatewayTransport {
  const httpsAgent = new HttpsAgent({ ca: identity.cert, checkServerIdentity: () => undefined, keepAlive });
  closing.push(() => httpsAgent.destroy());
  const http = new HttpService(createAxios({ httpsAgent, proxy }));
  return new GatewayTransport({ baseUrl, timeoutMs: 60_000, connectTimeoutMs: 50_000 }, http);
}

async function proxyServer(): Promise<AxiosProxyConfig> {
  const server = createHttpServer().on('connect', (request, socket) => {
    const [host = '', port = ''] = (request.url ?? '').split(':');
    const upstream = connect(Number(port), host, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    upstream.pipe(socket).pipe(upstream);
    upstream.on('error', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
  });
  const loopback = await Loopback.listen(server);
  closing.push(() => loopback.close());
  return { protocol: 'http:', host: '127.0.0.1', port: loopback.port };
}

describe('GatewayTransport over TLS', () => {
  it.each([
    ['a new connection', false],
    ['a kept connection', true],
  ])('takes a request that was lost after it left on %s for unknown', async (_title, keepAlive) => {
    const { url, bodies } = await gateway();
    const transport = transportTo(url, keepAlive);
    await transport.post('message', DOCUMENT);
    const error = await rejectionOf(transport.post('message', DOCUMENT));
    expect(error).toMatchObject({ name: 'SmsProTransportError', outcome: 'unknown', fault: 'reset' });
    expect(bodies).toEqual(['<message/>', '<message/>']);
  });

  it('does so through a proxy too', async () => {
    const { url, bodies } = await gateway();
    const transport = transportTo(url, false, await proxyServer());
    await transport.post('message', DOCUMENT);
    const error = await rejectionOf(transport.post('message', DOCUMENT));
    expect(error).toMatchObject({ name: 'SmsProTransportError', outcome: 'unknown', fault: 'reset' });
    expect(bodies).toEqual(['<message/>', '<message/>']);
  });

  it('knows that nothing was sent when the proxy is not there', async () => {
    const { url, bodies } = await gateway();
    const transport = transportTo(url, false, { protocol: 'http:', host: '127.0.0.1', port: 1 });
    const error = await rejectionOf(transport.post('message', DOCUMENT));
    expect(error).toMatchObject({ outcome: 'not-sent', fault: 'refused' });
    expect(bodies).toEqual([]);
  });
});
