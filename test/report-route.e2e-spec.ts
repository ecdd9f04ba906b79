import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ForbiddenException,
  SetMetadata,
  ValidationPipe,
  VersioningType,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { EventEmitter2 } from '@nestjs/event-emitter';
import {
  SmsProModule,
  SmsProReportIntake,
  SmsProService,
  type SmsProEvent,
  type SmsProModuleOptions,
} from 'nestjs-sms-pro';
import { startSimulator, type Simulator } from 'sms-pro-simulator';
import { bootApp, PLATFORMS, quickOptions, scratchFolder } from './support/booted-app.js';
import { eventually } from './support/eventually.js';
import { reportXml } from './support/report-xml.js';

const PHONE = '996555123456';
const SECRET = 'a-secret-of-the-path-0001';
const NEXT_SECRET = 'a-secret-of-the-path-0002';
const Public = SetMetadata('public', true);

/** A host's own guard, which lets in only what is marked as public. */
class DenyingGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.reflector.getAllAndOverride('public', [context.getHandler(), context.getClass()]) === true) return true;
    throw new ForbiddenException();
  }
}

/** All that a host may do to every route at once. */
function hostile(app: INestApplication): void {
  app.setGlobalPrefix('api');
  app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
  app.useGlobalPipes(new ValidationPipe({ whitelist: true, forbidNonWhitelisted: true, transform: true }));
  app.useGlobalGuards(new DenyingGuard(app.get(Reflector)));
}

interface Host {
  readonly name: string;
  readonly path: string;
  readonly configure?: (app: INestApplication) => void;
}

const HOSTS: readonly Host[] = [
  { name: 'a plain host', path: 'sms-pro/reports' },
  { name: 'a host with prefix, versions, pipes and a denying guard', path: 'api/sms-pro/reports', configure: hostile },
];

let simulator: Simulator;
let folder: Awaited<ReturnType<typeof scratchFolder>>;
let app: INestApplication;
let url: string;

beforeEach(async () => {
  folder = await scratchFolder();
  simulator = await startSimulator();
});

afterEach(async () => {
  await app.close();
  await simulator.stop();
  await folder.remove();
});

const boot = async (
  platform: (typeof PLATFORMS)[number],
  host: Host = HOSTS[0] as Host,
  reports: SmsProModuleOptions['reports'] = {},
) => {
  const booted = await bootApp({
    platform,
    ...(host.configure === undefined ? {} : { configure: host.configure }),
    modules: [
      SmsProModule.forRoot({
        ...quickOptions(simulator.url, folder.file('sms.sqlite')),
        // Only a hint makes it poll.
        polling: { enabled: reports?.confirm === true, intervalMs: 3_600_000, staleAfterMs: 3_600_000 },
        reports,
        reportDecorators: [Public],
      }),
    ],
  });
  app = booted.app;
  url = `${booted.url}/${host.path}`;
};

const sent = async () => {
  const sms = app.get(SmsProService);
  const { messageId, packetIds } = await sms.send({ to: PHONE, text: 'Hello' });
  await sms.waitFor(messageId, 'accepted', { timeoutMs: 10_000 });
  return { packetId: packetIds[0] ?? '', counts: async () => (await sms.status(messageId))?.counts };
};

type Body = string | Uint8Array<ArrayBuffer>;

const push = async (body: Body, headers: Record<string, string> = {}, to = url) =>
  (await fetch(to, { method: 'POST', body, headers })).status;

/** A push without a Content-Type, which fetch cannot send. */
const rawPush = (body: string, headers: Record<string, string>) =>
  new Promise<number>((resolve, reject) => {
    const request = httpRequest(url, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    request.end(body);
  });

describe.each(PLATFORMS)('the report route on %s', (platform) => {
  describe.each(HOSTS.map((host) => [host.name, host] as const))('in %s', (_name, host) => {
    it.each([
      ['text/xml'],
      ['application/xml; charset=utf-8'],
      ['text/plain'],
      ['application/json'],
      ['application/x-www-form-urlencoded'],
      ['multipart/form-data'],
      ['application/octet-stream'],
    ])('takes a push under %s', async (contentType) => {
      await boot(platform, host);
      const { packetId, counts } = await sent();
      expect(await push(reportXml(packetId, { [PHONE]: '3' }), { 'content-type': contentType })).toBe(200);
      expect((await counts())?.delivered).toBe(1);
    });
  });

  it('takes a push without a Content-Type, chunked or with a length', async () => {
    await boot(platform);
    const { packetId, counts } = await sent();
    expect(await rawPush(reportXml(packetId, { [PHONE]: '1' }), { 'transfer-encoding': 'chunked' })).toBe(200);
    expect((await counts())?.sent).toBe(1);
    expect(await rawPush(reportXml(packetId, { [PHONE]: '3' }), {})).toBe(200);
    expect((await counts())?.delivered).toBe(1);
  });

  it('takes gzip, a byte order mark, and other declared charsets', async () => {
    await boot(platform);
    for (const make of [
      (xml: string) => ({ body: new Uint8Array(gzipSync(xml)), headers: { 'content-encoding': 'gzip' } }),
      (xml: string) => ({ body: `\uFEFF${xml}`, headers: {} }),
      (xml: string) => ({ body: xml.replace('UTF-8', 'windows-1251'), headers: {} }),
      (xml: string) => ({
        body: new Uint8Array(Buffer.from(`\uFEFF${xml.replace('UTF-8', 'UTF-16')}`, 'utf16le')),
        headers: {},
      }),
    ]) {
      const { packetId, counts } = await sent();
      const { body, headers } = make(reportXml(packetId, { [PHONE]: '3' }));
      expect(await push(body, { 'content-type': 'text/xml', ...headers })).toBe(200);
      expect((await counts())?.delivered).toBe(1);
    }
  });

  it.each([
    ['HTML', '<html><body>Hello</body></html>'],
    ['JSON', '{"report":1}'],
    ['nothing', ''],
    ['another root', '<response><status>0</status></response>'],
    ['two roots', `${reportXml('a00000000001', { [PHONE]: '3' })}<report/>`],
    ['half a document', reportXml('a00000000001', { [PHONE]: '3' }).slice(0, 200)],
    [
      'a DOCTYPE',
      `<!DOCTYPE report [<!ENTITY x "y">]>${reportXml('a00000000001', { [PHONE]: '3' }).split('?>\n')[1] ?? ''}`,
    ],
    ['an unknown entity', '<report><dr><id>&xxe;</id></dr></report>'],
    ['NUL', reportXml('a\u0000b', { [PHONE]: '3' })],
    ['invalid UTF-8', new Uint8Array([...Buffer.from('<report><dr><id>'), 0xff, 0xfe, 0x41])],
  ] as [string, Body][])('%s is 400, and nothing is stored', async (_what, body) => {
    await boot(platform);
    expect(await push(body, { 'content-type': 'text/xml' })).toBe(400);
  });

  it('a document with one unreadable entry is not applied at all', async () => {
    await boot(platform);
    const { packetId, counts } = await sent();
    expect(await push(reportXml(packetId, { [PHONE]: '3', '': '3' }))).toBe(400);
    expect((await counts())?.accepted).toBe(1);
  });

  it('what is too large is 413, also when it unpacks to it, and the next push goes through', async () => {
    await boot(platform, HOSTS[0], { maxBodyBytes: 2_048, maxEntries: 3 });
    const { packetId, counts } = await sent();
    const large = `${reportXml(packetId, { [PHONE]: '3' })}${' '.repeat(4_096)}`;
    expect(await push(large)).toBe(413);
    expect(await push(new Uint8Array(gzipSync(large)), { 'content-encoding': 'gzip' })).toBe(413);
    const many = Object.fromEntries([1, 2, 3, 4].map((at) => [`99655512340${at}`, '3']));
    expect(await push(reportXml(packetId, many))).toBe(413);
    expect(await push(reportXml(packetId, { [PHONE]: '3' }))).toBe(200);
    expect((await counts())?.delivered).toBe(1);
  });

  it('broken gzip is 400 and an unknown encoding 415', async () => {
    await boot(platform);
    const xml = reportXml('a00000000001', { [PHONE]: '3' });
    expect(await push(xml, { 'content-encoding': 'gzip' })).toBe(400);
    expect(await push(xml, { 'content-encoding': 'zstd-of-tomorrow' })).toBe(415);
  });

  it('an id that is not ours is 200, told with a masked phone, and leaves no row', async () => {
    await boot(platform);
    const told: SmsProEvent<'report.unmatched'>[] = [];
    app.get(EventEmitter2).on('sms-pro.report.unmatched', (event: SmsProEvent<'report.unmatched'>) => told.push(event));
    for (let at = 0; at < 20; at += 1) expect(await push(reportXml('zzzzzzzzzzzz', { [PHONE]: '3' }))).toBe(200);
    expect(told.length).toBeGreaterThan(0);
    expect(told.length).toBeLessThanOrEqual(5);
    expect(JSON.stringify(told)).not.toContain(PHONE);
  });

  it('a secret must end the path; an old one and its successor both do', async () => {
    await boot(platform, HOSTS[0], { secret: [SECRET, NEXT_SECRET] });
    const { packetId, counts } = await sent();
    const xml = reportXml(packetId, { [PHONE]: '1' });
    expect(await push(xml)).toBe(401);
    expect(await push(xml, {}, `${url}/${'x'.repeat(SECRET.length)}`)).toBe(401);
    expect((await counts())?.accepted).toBe(1);
    expect(await push(xml, {}, `${url}/${SECRET}`)).toBe(200);
    expect(await push(reportXml(packetId, { [PHONE]: '3' }), {}, `${url}/${NEXT_SECRET}`)).toBe(200);
    expect((await counts())?.delivered).toBe(1);
  });

  it('an address that is not on the list is 403, one that is may push', async () => {
    await boot(platform, HOSTS[0], { allowedIps: ['203.0.113.0/24', '2001:db8::/32'] });
    expect(await push(reportXml('a00000000001', { [PHONE]: '3' }))).toBe(403);
    await app.close();
    await boot(platform, HOSTS[0], { allowedIps: ['127.0.0.0/8'] });
    expect(await push(reportXml('a00000000001', { [PHONE]: '3' }))).toBe(200);
  });

  it('with confirm a push is a hint: nothing changes until the gateway says the same', async () => {
    await boot(platform, HOSTS[0], { confirm: true });
    const { packetId, counts } = await sent();
    simulator.forceReport({ packetId, report: 4 });
    expect(await push(reportXml(packetId, { [PHONE]: '3' }))).toBe(200);
    const ended = await eventually(counts, (now) => now?.undelivered === 1 || now?.delivered === 1);
    expect(ended).toMatchObject({ undelivered: 1, delivered: 0 });
  });

  it('a switched-off route is not there', async () => {
    await boot(platform, HOSTS[0], { enabled: false });
    expect(await push(reportXml('a00000000001', { [PHONE]: '3' }))).toBe(404);
  });

  it('a push that cannot be stored is 503, so that the gateway pushes it again', async () => {
    await boot(platform);
    const { packetId } = await sent();
    const intake = app.get(SmsProReportIntake);
    const reports: unknown = Reflect.get(intake, 'reports');
    if (typeof reports !== 'object' || reports === null) throw new Error('No store.');
    Reflect.set(reports, 'apply', async () => {
      throw new Error('the database is away');
    });
    expect(await push(reportXml(packetId, { [PHONE]: '3' }))).toBe(503);
  });
});
