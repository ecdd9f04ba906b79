import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  ForbiddenException,
  ValidationPipe,
  VersioningType,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { SmsProModule, SmsProService, type SmsProEvent, type SmsProModuleOptions } from 'nestjs-sms-pro';
import { startSimulator, type Simulator } from 'sms-pro-simulator';
import { bootApp, PLATFORMS, quickOptions, scratchFolder } from './support/booted-app.js';
import { eventually, LONG_MS } from './support/eventually.js';
import { Public } from './support/hostile-host.js';
import { push as pushTo } from './support/push.js';
import { rawDatabase, type RawDatabase } from './support/raw-database.js';
import { reportXml } from './support/report-xml.js';

const PHONE = '996555123456';
const SECRET = 'a-secret-of-the-path-0001';
const NEXT_SECRET = 'a-secret-of-the-path-0002';

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
let database: RawDatabase;
let app: INestApplication;
let url: string;

beforeEach(async () => {
  folder = await scratchFolder();
  simulator = await startSimulator();
  const { database: own } = quickOptions(simulator.url, folder.file('sms.sqlite'));
  if (own === undefined) throw new Error('No database.');
  database = await rawDatabase(own);
});

afterEach(async () => {
  await app.close();
  await database.close();
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
        database: database.options,
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
  await sms.waitFor(messageId, 'accepted', { timeoutMs: LONG_MS });
  return { packetId: packetIds[0] ?? '', counts: async () => (await sms.status(messageId))?.counts };
};

type Body = string | Uint8Array;

const push = async (body: Body, headers: Record<string, string> = {}, to = url) =>
  (await pushTo(to, body, { headers })).status;

const storedReports = async () => (await database.query('SELECT * FROM sms_pro_report')).length;

const SAMPLE = reportXml('a00000000001', { [PHONE]: '3' });
const withDoctype = (doctype: string, phone = PHONE) => SAMPLE.replace('?>\n', `?>${doctype}`).replace(PHONE, phone);

/** A smaller set than that of the codec: over HTTP it is enough to see that each kind comes to 400. */
const NO_REPORTS: Readonly<Record<string, Body>> = {
  nothing: '',
  HTML: '<html><body>Hello</body></html>',
  JSON: '{"report":1}',
  'another root': '<response><status>0</status></response>',
  'two roots': `${SAMPLE}<report/>`,
  'an external entity': withDoctype('<!DOCTYPE r [<!ENTITY xxe SYSTEM "file:///etc/passwd">]>', '&xxe;'),
  'an entity bomb': withDoctype(
    `<!DOCTYPE r [<!ENTITY l0 "9">${[1, 2, 3, 4, 5, 6, 7, 8, 9].map((at) => `<!ENTITY l${at} "${`&l${at - 1};`.repeat(10)}">`).join('')}]>`,
    '&l9;',
  ),
  'a DOCTYPE': withDoctype('<!DOCTYPE report>'),
  'a DOCTYPE behind the root': `${SAMPLE}<!DOCTYPE report>`,
  'an unknown entity': SAMPLE.replace(PHONE, '&xxe;'),
  '100,000 levels': `<report>${'<a>'.repeat(100_000)}${'</a>'.repeat(100_000)}</report>`,
  NUL: SAMPLE.replace(PHONE, `${PHONE}\u0000`),
  'invalid UTF-8': Buffer.concat([Buffer.from(SAMPLE), Buffer.from([0xff])]),
  'an entry that cannot be read': reportXml('a00000000001', { [PHONE]: '3', '': '3' }),
};

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
    expect(await push(reportXml(packetId, { [PHONE]: '1' }), { 'transfer-encoding': 'chunked' })).toBe(200);
    expect((await counts())?.sent).toBe(1);
    expect(await push(reportXml(packetId, { [PHONE]: '3' }))).toBe(200);
    expect((await counts())?.delivered).toBe(1);
  });

  it('takes gzip, a byte order mark, and other declared charsets', async () => {
    await boot(platform);
    for (const make of [
      (xml: string) => ({ body: gzipSync(xml), headers: { 'content-encoding': 'gzip' } }),
      (xml: string) => ({ body: `\uFEFF${xml}`, headers: {} }),
      (xml: string) => ({ body: xml.replace('UTF-8', 'windows-1251'), headers: {} }),
      (xml: string) => ({
        body: Buffer.from(`\uFEFF${xml.replace('UTF-8', 'UTF-16')}`, 'utf16le'),
        headers: {},
      }),
    ]) {
      const { packetId, counts } = await sent();
      const { body, headers } = make(reportXml(packetId, { [PHONE]: '3' }));
      expect(await push(body, { 'content-type': 'text/xml', ...headers })).toBe(200);
      expect((await counts())?.delivered).toBe(1);
    }
  });

  it('what is no report is 400, and nothing of it is stored', async () => {
    await boot(platform);
    const { packetId, counts } = await sent();
    // Under an id that is ours, so that what is read is stored.
    const ours = (body: Body) =>
      typeof body === 'string'
        ? body.replaceAll('a00000000001', packetId)
        : Buffer.from(Buffer.from(body).toString('latin1').replaceAll('a00000000001', packetId), 'latin1');
    const statuses: Record<string, number> = {};
    for (const [what, body] of Object.entries(NO_REPORTS)) {
      statuses[what] = await push(ours(body), { 'content-type': 'text/xml' });
    }
    expect(statuses).toEqual(Object.fromEntries(Object.keys(NO_REPORTS).map((what) => [what, 400])));
    expect([await storedReports(), (await counts())?.accepted]).toEqual([0, 1]);
    expect(await push(ours(SAMPLE))).toBe(200);
    expect([await storedReports(), (await counts())?.delivered]).toEqual([1, 1]);
  });

  it('a report that is cut off at any byte is 400, and nothing of it is stored', async () => {
    await boot(platform);
    const { packetId, counts } = await sent();
    const bytes = Buffer.from(reportXml(packetId, { [PHONE]: '3' }));
    const statuses = new Set<number>();
    for (let length = 0; length < bytes.length; length += 1) statuses.add(await push(bytes.subarray(0, length)));
    expect(statuses).toEqual(new Set([400]));
    expect([await storedReports(), (await counts())?.accepted]).toEqual([0, 1]);
  });

  it('what is too large is 413, also when it unpacks to it, and the next push goes through', async () => {
    await boot(platform, HOSTS[0], { maxBodyBytes: 2_048, maxEntries: 3 });
    const { packetId, counts } = await sent();
    const large = `${reportXml(packetId, { [PHONE]: '3' })}${' '.repeat(4_096)}`;
    expect(await push(large)).toBe(413);
    expect(await push(gzipSync(large), { 'content-encoding': 'gzip' })).toBe(413);
    const many = Object.fromEntries([1, 2, 3, 4].map((at) => [`99655512340${at}`, '3']));
    expect(await push(reportXml(packetId, many))).toBe(413);
    expect(await push(reportXml(packetId, { [PHONE]: '3' }))).toBe(200);
    expect((await counts())?.delivered).toBe(1);
  });

  it('broken gzip and an unknown encoding are 400', async () => {
    await boot(platform);
    const xml = reportXml('a00000000001', { [PHONE]: '3' });
    expect(await push(xml, { 'content-encoding': 'gzip' })).toBe(400);
    expect(await push(xml, { 'content-encoding': 'zstd-of-tomorrow' })).toBe(400);
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
});
