import { networkInterfaces } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplication, LoggerService } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { SmsProModule, type SmsProModuleOptions } from 'nestjs-sms-pro';
import { bootApp, PLATFORMS, quickOptions, scratchFolder, type Platform } from './support/booted-app.js';
import { startProxy } from './support/forwarding-proxy.js';
import { push, type PushOptions } from './support/push.js';
import { reportXml } from './support/report-xml.js';

const NO_GATEWAY = 'http://127.0.0.1:9';
const GATEWAY = ['203.0.113.0/24', '2001:db8::/32'];
const SECRET = 'a-secret-of-the-path-0001';
const REPORT = reportXml('zzzzzzzzzzzz', { '996555123456': '3' });
const HAS_IPV6 = Object.values(networkInterfaces()).some((one) => one?.some(({ address }) => address === '::1'));

/** On a server of both families an IPv4 client has an IPv6 address, into which its own is mapped. */
const BOTH_FAMILIES = (
  [
    ['127.0.0.1', '127.0.0.1', 200],
    ['127.0.0.1', '::ffff:127.0.0.0/104', 200],
    ['127.0.0.1', '::1/128', 403],
    ['[::1]', '::1/128', 200],
    ['[::1]', '127.0.0.1', 403],
  ] as const
).filter(([client]) => HAS_IPV6 || client === '127.0.0.1');

function adapterThatTrusts(platform: Platform, proxies: unknown) {
  if (platform === 'fastify') return new FastifyAdapter(proxies === undefined ? {} : { trustProxy: proxies as string });
  const express = new ExpressAdapter();
  if (proxies !== undefined) express.set('trust proxy', proxies);
  return express;
}

let folder: Awaited<ReturnType<typeof scratchFolder>>;
let app: INestApplication | null = null;
let lines: { readonly level: string; readonly text: string }[];

beforeEach(async () => {
  folder = await scratchFolder();
  lines = [];
});

afterEach(async () => {
  await app?.close();
  app = null;
  await folder.remove();
});

const logger: LoggerService = {
  log: (text: unknown) => lines.push({ level: 'log', text: String(text) }),
  warn: (text: unknown) => lines.push({ level: 'warn', text: String(text) }),
  error: (text: unknown) => lines.push({ level: 'error', text: String(text) }),
};

/** What the log says of who may push, and of nothing else. */
const said = () => lines.filter(({ text }) => /allowedIps|was refused|may push|reports\.confirm/.test(text));

describe.each(PLATFORMS)('who may push, on %s', (platform) => {
  const boot = async (
    reports: SmsProModuleOptions['reports'],
    trusted?: unknown,
    others: Partial<SmsProModuleOptions> & { readonly listenOn?: string } = {},
  ) => {
    const { listenOn, ...options } = others;
    const booted = await bootApp({
      adapter: adapterThatTrusts(platform, trusted),
      options: { logger },
      listenOn,
      modules: [
        SmsProModule.forRoot({
          ...quickOptions(NO_GATEWAY, folder.file('sms.sqlite')),
          dispatch: { enabled: false },
          polling: { enabled: false },
          reports,
          ...options,
        }),
      ],
    });
    app = booted.app;
    return `${booted.url}/sms-pro/reports`;
  };

  const pushFrom = async (url: string, forwardedFor: string | undefined, options: PushOptions = {}) => {
    const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor };
    return (await push(url, REPORT, { ...options, headers })).status;
  };

  // The test is the proxy: it comes from loopback, and names the client in X-Forwarded-For.
  it.each([
    [undefined, '203.0.113.7', 403],
    ['loopback', undefined, 403],
    ['loopback', '203.0.113.7', 200],
    ['loopback', '198.51.100.1', 403],
    ['loopback', '198.51.100.1, 203.0.113.7', 200],
    ['loopback', '203.0.113.7, 198.51.100.1', 403],
    ['loopback', '203.0.113.7, 127.0.0.2', 200],
    ['loopback', '2001:db8::5', 200],
    ['loopback', '2001:db9::5', 403],
    ['loopback', '::ffff:203.0.113.7', 200],
    ['loopback', '::ffff:198.51.100.1', 403],
    ['loopback', 'nonsense', 403],
    // Express counts hops, and Fastify takes a number for nobody: it does not say who the last proxy is.
    [1, '203.0.113.7', platform === 'express' ? 200 : 403],
    [1, '198.51.100.1, 203.0.113.7', platform === 'express' ? 200 : 403],
    [1, '203.0.113.7, 198.51.100.1', 403],
    // Why a host that trusts every hop is warned: the left end is what the client wrote.
    [true, '203.0.113.7, 198.51.100.1', 200],
  ] as const)('with trust in %s, X-Forwarded-For "%s" is %i', async (trusted, forwardedFor, status) => {
    expect(await pushFrom(await boot({ allowedIps: GATEWAY }, trusted), forwardedFor)).toBe(status);
  });

  it('behind a real proxy the client counts, not what he writes into X-Forwarded-For', async () => {
    const proxy = await startProxy(
      (await boot({ allowedIps: ['127.0.0.9'] }, '127.0.0.1')).replace('/sms-pro/reports', ''),
    );
    const url = `${proxy.url}/sms-pro/reports`;
    try {
      expect(await pushFrom(url, undefined, { localAddress: '127.0.0.9' })).toBe(200);
      expect(await pushFrom(url, '198.51.100.1', { localAddress: '127.0.0.9' })).toBe(200);
      expect(await pushFrom(url, undefined, { localAddress: '127.0.0.8' })).toBe(403);
      expect(await pushFrom(url, '127.0.0.9', { localAddress: '127.0.0.8' })).toBe(403);
    } finally {
      await proxy.stop();
    }
  });

  it('without a proxy the address of the connection counts', async () => {
    const url = await boot({ allowedIps: ['127.0.0.8/31'] });
    expect(await pushFrom(url, undefined, { localAddress: '127.0.0.9' })).toBe(200);
    expect(await pushFrom(url, '127.0.0.9', { localAddress: '127.0.0.10' })).toBe(403);
  });

  it.each(BOTH_FAMILIES)(
    'on a server of both families a client at %s is judged by the list %s: %i',
    async (client, listed, status) => {
      const { port } = new URL(
        await boot({ allowedIps: [listed] }, undefined, { listenOn: HAS_IPV6 ? '::' : '127.0.0.1' }),
      );
      expect(await pushFrom(`http://${client}:${port}/sms-pro/reports`, undefined)).toBe(status);
    },
  );

  it.each([
    [undefined, 'log', /compared with the address of the connection.*If there is a proxy in front of it, set: .*trust/],
    [true, 'warn', /protects nothing.*X-Forwarded-For\. Name the proxies instead: .*trust/],
  ] as const)('a list of addresses with trust in %s is explained once, at start', async (trusted, level, text) => {
    await boot({ allowedIps: GATEWAY }, trusted);
    expect(said()).toEqual([{ level, text: expect.stringMatching(text) }]);
  });

  it('a list of addresses behind named proxies needs no word', async () => {
    await boot({ allowedIps: GATEWAY }, 'loopback');
    expect(said()).toEqual([]);
  });

  it('a push that is refused is logged once a minute, with its address and how to fix it', async () => {
    const url = await boot({ allowedIps: GATEWAY });
    lines = [];
    for (let turn = 0; turn < 5; turn += 1) expect(await pushFrom(url, '203.0.113.7')).toBe(403);
    expect(said()).toEqual([
      { level: 'warn', text: expect.stringMatching(/^A push from 127\.0\.0\.1 .*the proxy's own address: .*trust/) },
    ]);
  });

  it('with an address list and a secret, no answer says which of them was right', async () => {
    const url = await boot({ allowedIps: ['127.0.0.9'], secret: SECRET });
    const from = async (localAddress: string, end: string) => push(`${url}/${end}`, REPORT, { localAddress });
    const wrong = [
      await from('127.0.0.8', SECRET),
      await from('127.0.0.8', `${SECRET}x`),
      await from('127.0.0.9', `${SECRET}x`),
      await from('127.0.0.9', ''),
    ];
    expect(new Set(wrong.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(wrong[0]?.status).toBe(403);
    expect((await from('127.0.0.9', SECRET)).status).toBe(200);
    expect(JSON.stringify(lines)).not.toContain(SECRET);
  });

  it('a secret is changed without a gap: the old, then both, then the new', async () => {
    const next = 'a-secret-of-the-path-0002';
    const answers: number[][] = [];
    for (const secret of [SECRET, [SECRET, next], next]) {
      const url = await boot({ secret });
      answers.push([await pushFrom(`${url}/${SECRET}`, undefined), await pushFrom(`${url}/${next}`, undefined)]);
      await app?.close();
      app = null;
    }
    expect(answers).toEqual([
      [200, 401],
      [200, 200],
      [401, 200],
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/a-secret-of/);
  });

  it('the longest secret that the options take is one that the route takes', async () => {
    const longest = 'S_-9'.repeat(25);
    const url = await boot({ secret: longest });
    expect(await pushFrom(`${url}/${longest}`, undefined)).toBe(200);
    expect(await pushFrom(`${url}/${longest.slice(0, -1)}`, undefined)).toBe(401);
    expect(await pushFrom(`${url}/${encodeURIComponent(longest).replace('_', '%5F')}`, undefined)).toBe(200);
  });

  it('hints that nobody here follows are told of at start', async () => {
    await boot({ confirm: true });
    expect(said()).toEqual([
      { level: 'warn', text: expect.stringMatching(/^reports\.confirm .* another process polls/) },
    ]);
  });

  it('a route that is open to all is logged once, in production', async () => {
    const before = process.env['NODE_ENV'];
    process.env['NODE_ENV'] = 'production';
    try {
      await boot({});
    } finally {
      process.env['NODE_ENV'] = before;
    }
    expect(said()).toEqual([{ level: 'warn', text: expect.stringMatching(/^Anybody may push/) }]);
  });
});

describe('a set-up that cannot be meant', () => {
  it.each([
    ['no secret in a list of them', { secret: [] }, /reports\.secret .*empty list/],
    ['no address in a list of them', { allowedIps: [] }, /reports\.allowedIps .*empty list/],
    ['a secret with a slash', { secret: 'a-secret/of-the-path' }, /reports\.secret/],
    ['a secret that Fastify would not take', { secret: 'x'.repeat(101) }, /reports\.secret .*16 to 100/],
    ['a secret that is short', { secret: ['a-secret-of-the-path', 'short'] }, /reports\.secret/],
  ])('%s is refused at start', async (_what, reports, fault) => {
    const start = bootApp({ modules: [SmsProModule.forRoot({ login: 'demo', password: 'demo', reports })] });
    await expect(start).rejects.toThrow(fault);
    await expect(start).rejects.not.toThrow(/a-secret/);
  });

  it.each([
    ['sms-pro/reports', /the report path "sms-pro\/reports"/],
    ['SMS-Pro/Reports', /the report path "sms-pro\/reports"|the report path "SMS-Pro\/Reports"/],
    ['sms-pro/reports/bank', /"sms-pro\/reports\/bank" .*like the path "sms-pro\/reports" .*followed by a secret/],
  ])('two accounts that would hear each other, the second at %s, are refused at start', async (reportPath, fault) => {
    const account = (file: string) => ({
      ...quickOptions(NO_GATEWAY, folder.file(file)),
      dispatch: { enabled: false },
    });
    const start = bootApp({
      modules: [
        SmsProModule.forRoot(account('a.sqlite')),
        SmsProModule.forRoot({ ...account('b.sqlite'), name: 'bank', reportPath }),
      ],
    });
    await expect(start).rejects.toThrow(fault);
  });
});
