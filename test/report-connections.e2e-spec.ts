import { request as httpRequest } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { SmsProModule, SmsProService } from 'nestjs-sms-pro';
import { startSimulator, type Simulator } from 'sms-pro-simulator';
import { bootApp, PLATFORMS, quickOptions, scratchFolder } from './support/booted-app.js';
import { LONG_MS } from './support/eventually.js';
import { push } from './support/push.js';
import { rawDatabase, type RawDatabase } from './support/raw-database.js';
import { rawHttp, writeThenRead } from './support/raw-http.js';
import { reportXml } from './support/report-xml.js';

const MB = 1_048_576;
const PHONES = Array.from({ length: 20 }, (_, index) => `9965551234${String(index).padStart(2, '0')}`);
const SECRET = 'a-secret-of-the-path-0001';

describe.each(PLATFORMS)('the report route on %s', (platform) => {
  let simulator: Simulator;
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let database: RawDatabase;
  let app: INestApplication;
  let url: string;
  let packetId: string;
  let messageId: string;
  let isClosed = false;

  beforeAll(async () => {
    simulator = await startSimulator();
    folder = await scratchFolder();
    const options = quickOptions(simulator.url, folder.file('sms.sqlite'));
    if (options.database === undefined) throw new Error('No database.');
    database = await rawDatabase(options.database);
    const booted = await bootApp({
      platform,
      modules: [
        SmsProModule.forRoot({
          ...options,
          database: database.options,
          polling: { enabled: false },
          reports: { secret: SECRET },
        }),
      ],
    });
    app = booted.app;
    url = `${booted.url}/sms-pro/reports/${SECRET}`;
    const sms = app.get(SmsProService);
    const receipt = await sms.send({ to: PHONES, text: 'Hello' });
    messageId = receipt.messageId;
    packetId = receipt.packetIds[0] ?? '';
    await sms.waitFor(messageId, 'accepted', { timeoutMs: LONG_MS });
  });

  afterAll(async () => {
    if (!isClosed) await app.close();
    await database.close();
    await simulator.stop();
    await folder.remove();
  });

  const statusOf = async (phone: string) =>
    (await app.get(SmsProService).status(messageId))?.recipients.find((one) => one.phone === phone)?.status;
  const storedReports = async () => (await database.query('SELECT * FROM sms_pro_report')).length;

  /** A phone that no report has come for. */
  let next = 0;
  const freshPhone = () => PHONES[next++] ?? '';
  const delivered = (phone: string, to = packetId) => reportXml(to, { [phone]: '3' });

  const post = (version: string, body: string, ...headers: string[]) =>
    `POST ${new URL(url).pathname} HTTP/${version}\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
    `${headers.map((one) => `${one}\r\n`).join('')}\r\n`;

  it('takes a push of HTTP/1.0', async () => {
    const phone = freshPhone();
    expect(await rawHttp(url, post('1.0', delivered(phone)) + delivered(phone))).toMatch(/^HTTP\/1\.1 200 /);
    expect(await statusOf(phone)).toBe('delivered');
  });

  it('takes a push that asks first whether it may be sent', async () => {
    const phone = freshPhone();
    const asked = post('1.1', delivered(phone), 'Expect: 100-continue') + delivered(phone);
    expect(await rawHttp(url, asked)).toMatch(/^HTTP\/1\.1 100 [^]*HTTP\/1\.1 200 /);
    expect(await statusOf(phone)).toBe('delivered');
  });

  it('takes pushes that come one behind the other on one connection, also behind a refused one', async () => {
    const [one, two] = [freshPhone(), freshPhone()];
    const bodies = [delivered(one), '<html></html>', delivered(two)];
    const answers = await rawHttp(url, bodies.map((body) => post('1.1', body) + body).join(''), 3);
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400', 'HTTP/1.1 200']);
    expect([await statusOf(one), await statusOf(two)]).toEqual(['delivered', 'delivered']);
  });

  it('takes a push whose path ends with a slash', async () => {
    const phone = freshPhone();
    expect((await push(`${url}/`, delivered(phone))).status).toBe(200);
    expect(await statusOf(phone)).toBe('delivered');
  });

  it.each(['GET', 'HEAD', 'PUT', 'DELETE'])('answers a %s as if it were not there', async (method) => {
    expect((await push(url, '', { method })).status).toBe(404);
  });

  it('answers a POST without a body with 400', async () => {
    const { pathname } = new URL(url);
    expect(await rawHttp(url, `POST ${pathname} HTTP/1.1\r\nHost: x\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
    expect((await push(url, '', { headers: { 'content-encoding': 'gzip' } })).status).toBe(400);
  });

  it.each(['/', '/another-secret-of-the-path', `/${SECRET.toUpperCase()}`, `/${SECRET}x`, `/${SECRET.slice(0, -1)}`])(
    'a path that ends with %s is 401, and its answer is the same for all',
    async (end) => {
      const { origin } = new URL(url);
      const answer = await push(`${origin}/sms-pro/reports${end}`, delivered(PHONES[19] ?? ''));
      expect(answer.status).toBe(401);
      expect(JSON.parse(answer.text)).toEqual({
        error: 'Unauthorized',
        message: 'The path must end with the secret of the report route.',
        statusCode: 401,
      });
      expect(await statusOf(PHONES[19] ?? '')).toBe('accepted');
    },
  );

  it('answers 10 MB with 413, also to a client that writes all of it before it reads', async () => {
    const body = Buffer.alloc(10 * MB, 'x');
    expect((await fetch(url, { method: 'POST', body })).status).toBe(413);
    expect((await push(url, body, { headers: { 'transfer-encoding': 'chunked' } })).status).toBe(413);
    const head = post('1.1', body.toString('latin1'), 'Content-Type: text/xml');
    expect(await writeThenRead(url, head, body)).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('refuses 200 MB, sent or unpacked, without keeping it', async () => {
    const packed = gzipSync(Buffer.alloc(200 * MB));
    const before = memory();
    let most = 0;
    const look = () => {
      most = Math.max(most, memory() - before);
    };
    expect(await pushEndless(url, 200 * MB, look)).toBe(413);
    expect((await push(url, packed, { headers: { 'content-encoding': 'gzip' } })).status).toBe(413);
    look();
    expect(most).toBeLessThan(64 * MB);
  });

  it('a push that breaks off leaves nothing, and the next one goes through', async () => {
    const phone = freshPhone();
    const stored = await storedReports();
    const body = delivered(phone);
    await new Promise<void>((resolve) => {
      const request = httpRequest(url, { method: 'POST', headers: { 'content-length': body.length } });
      request.on('error', () => resolve());
      request.write(body.slice(0, -10), () => request.destroy(new Error('gone')));
    });
    expect((await push(url, delivered(phone, 'zzzzzzzzzzzz'))).status).toBe(200);
    expect(await storedReports()).toBe(stored);
    expect((await push(url, body)).status).toBe(200);
    expect(await storedReports()).toBe(stored + 1);
  });

  it('while the database is away a push is 503, and stored when it is pushed again', async () => {
    const phone = freshPhone();
    await database.query('ALTER TABLE sms_pro_report RENAME TO sms_pro_away');
    const answer = await push(url, delivered(phone));
    await database.query('ALTER TABLE sms_pro_away RENAME TO sms_pro_report');
    expect(answer.status).toBe(503);
    expect(answer.text).not.toMatch(/sms_pro_|sql/i);
    expect(await statusOf(phone)).toBe('accepted');
    expect((await push(url, delivered(phone))).status).toBe(200);
    expect(await statusOf(phone)).toBe('delivered');
  });

  it('a document of which one entry cannot be stored is not applied at all', async () => {
    const [one, two] = [freshPhone(), freshPhone()];
    const stored = await storedReports();
    const document = reportXml(packetId, { [one]: '3', [two]: '4' }).replace('<report>4<', '<report>four<');
    expect((await push(url, document)).status).toBe(400);
    expect([await statusOf(one), await statusOf(two), await storedReports()]).toEqual(['accepted', 'accepted', stored]);
  });

  it('the application closes while a refused client still holds its connection', async () => {
    const { pathname } = new URL(url);
    const half = `POST ${pathname} HTTP/1.1\r\nHost: x\r\nContent-Encoding: none-of-these\r\nContent-Length: 4\r\n\r\nxxxx`;
    expect(await rawHttp(url, half)).toMatch(/^HTTP\/1\.1 400 [^]*connection: close/i);
    await push(url, Buffer.alloc(2 * MB));
    isClosed = true;
    await app.close();
  });
});

/** Memory of this process that is in use, with buffers. */
function memory(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Pushes many bytes out of one small buffer, and looks now and then. */
async function pushEndless(url: string, bytes: number, look: () => void): Promise<number> {
  const chunk = Buffer.alloc(65_536, 'x');
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method: 'POST', headers: { 'transfer-encoding': 'chunked' } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    let sent = 0;
    const write = () => {
      look();
      while (sent < bytes) {
        sent += chunk.length;
        if (!request.write(chunk)) return void request.once('drain', write);
      }
      request.end();
    };
    write();
  });
}
