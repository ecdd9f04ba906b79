import { inspect } from 'node:util';
import { expect } from '@jest/globals';
import { SmsProTransportError } from '../errors/sms-pro.errors.js';
import { createGatewayHttp, GatewayTransport, type GatewayHttp } from './gateway-transport.js';
import { answering, Loopback } from './loopback.fixture.js';
import { rejectionOf } from './wire.fixture.js';

/** A request with a password and a phone, which no error may show. */
export const DOCUMENT = Buffer.from('<message><pwd>hunter2-password</pwd><phone>996550123456</phone></message>');
const TIMES = { timeoutMs: 60_000, connectTimeoutMs: 50_000 };

const opened: { close(): unknown }[] = [];

/** Has a resource closed at the end of its test. */
export function track<T extends { close(): unknown }>(resource: T): T {
  opened.push(resource);
  return resource;
}

/** Closes all that the test opened. */
export async function closeOpened(): Promise<void> {
  await Promise.all(opened.splice(0).map((resource) => resource.close()));
}

/** A server that answers bytes by hand. */
export async function tcp(onData: Parameters<typeof Loopback.tcp>[0]): Promise<Loopback> {
  return track(await Loopback.tcp(onData));
}

/** A server that answers requests. */
export async function web(answer: Parameters<typeof answering>[0]): Promise<Loopback> {
  return track(await Loopback.http(answering(answer)));
}

/** The connections to a gateway. */
export function gatewayHttp(config: Parameters<typeof createGatewayHttp>[0] = { maxSockets: 4 }): GatewayHttp {
  return track(createGatewayHttp(config));
}

/** A transport to the gateway at this address. */
export function transportTo(
  baseUrl: string,
  times: Partial<typeof TIMES> = {},
  { http } = gatewayHttp(),
): GatewayTransport {
  return new GatewayTransport({ baseUrl, ...TIMES, ...times }, http);
}

/** The error that a request failed with. Nothing of the request is in it. */
export async function failureOf(promise: Promise<unknown>): Promise<SmsProTransportError> {
  const error = await rejectionOf(promise);
  expectNoLeak(error);
  if (!(error instanceof SmsProTransportError)) {
    throw new Error(`not a transport error: ${inspect(error)}`);
  }
  return error;
}

/** Nothing of the request may be seen, however deep one looks. */
function expectNoLeak(error: unknown): void {
  const seen = inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error) + String(error);
  expect(seen).not.toMatch(/hunter2|996550123456|<message>/);
}
