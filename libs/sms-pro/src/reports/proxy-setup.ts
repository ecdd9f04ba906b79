import type { AbstractHttpAdapter } from '@nestjs/core';

/** Whose word on the client's address the host application takes: that is what `X-Forwarded-For` is. */
export type TrustedProxies = 'nobody' | 'some' | 'everybody';

/** How the host application learns the address of a client. */
export interface ProxySetup {
  readonly trusted: TrustedProxies;
  /** The line that names the proxies to trust, on this platform. */
  readonly remedy: string;
}

/** Addresses that nobody has (RFC 5737, RFC 3849): who trusts these trusts every one. */
const STRANGERS = ['192.0.2.1', '198.51.100.7', '2001:db8::1'];

/** More hops than any chain of proxies has. */
const HOPS = 16;

/** Reads the value of `trust proxy` (Express) or `trustProxy` (Fastify): they take the same. */
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
 * Fastify keeps its options under a symbol, and shows all of them but this one. A number of hops, which Express
 * counts, is to Fastify as good as none: it does not say who the last proxy is.
 */
function fastifySetting(fastify: object): unknown {
  const key = Object.getOwnPropertySymbols(fastify).find(({ description }) => description === 'fastify.options');
  const setting: unknown = key === undefined ? undefined : Object(Reflect.get(fastify, key)).trustProxy;
  return typeof setting === 'number' ? undefined : setting;
}

/** The set-up of the host application; `null` where it has no HTTP server of a kind that is known. */
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
