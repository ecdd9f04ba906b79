import type { AbstractHttpAdapter } from '@nestjs/core';

/** Which proxies the application trusts, that is, from whom it accepts `X-Forwarded-For` as the client's address. */
export type TrustedProxies = 'nobody' | 'some' | 'everybody';

/** How the application determines the address of a client. */
export interface ProxySetup {
  readonly trusted: TrustedProxies;
  /** The line of code that sets the trusted proxies on this platform. */
  readonly remedy: string;
}

/** Addresses reserved for documentation (RFC 5737, RFC 3849): an application that trusts them trusts everybody. */
const STRANGERS = ['192.0.2.1', '198.51.100.7', '2001:db8::1'];

/** More hops than any real chain of proxies has. */
const HOPS = 16;

/** Interprets the value of `trust proxy` (Express) or `trustProxy` (Fastify): both accept the same values. */
export function trustedProxies(setting: unknown): TrustedProxies {
  if (typeof setting === 'function') {
    const trusts = setting as (address: string, hop: number) => unknown;
    const chain = Array.from({ length: HOPS }, (_, hop) => STRANGERS[hop % STRANGERS.length] ?? '');
    return chain.every((address, hop) => trusts(address, hop) === true) ? 'everybody' : 'some';
  }
  if (setting === true) return 'everybody';
  if (typeof setting === 'number') return setting > 0 ? 'some' : 'nobody';
  const names = [setting ?? []].flat().flatMap((one) => (typeof one === 'string' ? one.split(',') : []));
  if (names.some((name) => /\/0+\s*$/.test(name))) return 'everybody';
  return names.some((name) => name.trim() !== '') ? 'some' : 'nobody';
}

/**
 * Reads `trustProxy` of Fastify, which keeps it under a symbol and not in its public options. A number of hops works on
 * Express but counts as no trust here: with it, Fastify still takes the address of the connection.
 */
function fastifySetting(fastify: object): unknown {
  const key = Object.getOwnPropertySymbols(fastify).find(({ description }) => description === 'fastify.options');
  const setting: unknown = key === undefined ? undefined : Object(Reflect.get(fastify, key)).trustProxy;
  return typeof setting === 'number' ? undefined : setting;
}

/** The proxy set-up of the application; `null` if its HTTP server is neither Express nor Fastify, or it has none. */
export function proxySetupOf(adapter: AbstractHttpAdapter | undefined): ProxySetup | null {
  const instance: unknown = adapter?.getInstance();
  switch (adapter?.getType()) {
    case 'express':
      return {
        trusted: trustedProxies(Object(instance).get('trust proxy')),
        remedy: "app.set('trust proxy', '<address of the proxy>')",
      };
    case 'fastify':
      return {
        trusted: trustedProxies(fastifySetting(Object(instance))),
        remedy: "new FastifyAdapter({ trustProxy: '<address of the proxy>' })",
      };
    default:
      return null;
  }
}
