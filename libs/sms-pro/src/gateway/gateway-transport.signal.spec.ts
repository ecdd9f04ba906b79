import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { closeOpened, DOCUMENT, failureOf, gatewayHttp, transportTo, web } from './transport.fixture.js';

afterEach(closeOpened);

describe('GatewayTransport with a signal', () => {
  it('that is aborted already, nothing is sent', async () => {
    const server = await web((response) => response.end());
    const post = transportTo(server.url).post('message', DOCUMENT, { signal: AbortSignal.abort() });
    expect(await failureOf(post)).toMatchObject({ outcome: 'not-sent', fault: 'aborted' });
    expect(server.connections).toBe(0);
  });

  it('that is aborted while the answer is awaited has an unknown outcome', async () => {
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
    const transport = transportTo(server.url, { timeoutMs: 1_000 }, gatewayHttp({ maxSockets: 1 }));
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
