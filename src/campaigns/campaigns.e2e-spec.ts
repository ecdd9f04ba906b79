import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SmsProService, type CampaignStatus } from 'nestjs-sms-pro';
import { startSimulator, type Simulator } from 'sms-pro-simulator';
import { AppLogger } from '../app.logger.js';
import { AppModule } from '../app.module.js';
import { startApplication, type RunningApplication } from '../start-application.js';

const LONG_MS = 20_000;

let folder: string;
let simulator: Simulator;
let running: RunningApplication;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sms-pro-app-'));
  simulator = await startSimulator({ lives: { sentAfterMs: 10, deliveredAfterMs: 20, endings: false } });
  const environment = {
    PORT: '0',
    SMS_PRO_LOGIN: 'demo',
    SMS_PRO_PASSWORD: 'demo',
    SMS_PRO_SENDER: 'Demo',
    SMS_PRO_BASE_URL: simulator.url,
    SMS_PRO_DATABASE: join(folder, 'sms.sqlite'),
  };
  running = await startApplication(AppModule.forEnvironment(environment), new AppLogger(['fatal']));
  simulator.setAccount({ login: 'demo', reportUrl: running.reportUrl });
}, LONG_MS);

afterAll(async () => {
  await running.app.close();
  await simulator.stop();
  await rm(folder, { recursive: true });
}, LONG_MS);

interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly location: string | null;
}

async function answerOf(response: Response): Promise<Answer> {
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, body, location: response.headers.get('location') };
}

/** Sends a file as the body, as `curl --data-binary` does. */
async function post(
  csv: string | Uint8Array<ArrayBuffer>,
  path = '',
  headers: Record<string, string> = {},
): Promise<Answer> {
  return answerOf(
    await fetch(`${running.url}/campaigns${path}`, {
      method: 'POST',
      headers: { 'content-type': 'text/csv', ...headers },
      body: csv,
    }),
  );
}

/** Sends a form, as `curl -F` does. */
async function postForm(parts: Readonly<Record<string, string | Blob>>): Promise<Answer> {
  const form = new FormData();
  for (const [name, value] of Object.entries(parts)) form.append(name, value);
  return answerOf(await fetch(`${running.url}/campaigns`, { method: 'POST', body: form }));
}

async function call(path: string, method = 'GET'): Promise<Answer> {
  return answerOf(await fetch(`${running.url}${path}`, { method }));
}

/** Looks again until it is there. */
async function eventually<T>(look: () => Promise<T>, isThere: (seen: T) => boolean): Promise<T> {
  const until = performance.now() + LONG_MS / 2;
  for (;;) {
    const seen = await look();
    if (isThere(seen)) return seen;
    if (performance.now() > until) throw new Error(`Not there. Last seen: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}

/** The texts that went out, by phone. */
function sent(): Map<string, string> {
  return new Map(simulator.ledger().map(({ phone, text }) => [phone, text]));
}

function rows(amount: number, from = 0): string {
  return Array.from({ length: amount }, (_, at) => `99655${String(from + at).padStart(7, '0')},Spring sale\n`).join('');
}

describe('a campaign of a file', () => {
  it('is stored row by row, answered when all is stored, and sent', async () => {
    const { status, body, location } = await post(
      'phone,text\n0555 111 001,Hello\n+996 555 11-10-02,"Bye, ""friend"""\n',
    );
    expect(status).toBe(201);
    expect(body).toMatchObject({
      messages: 2,
      recipients: 2,
      segments: 2,
      rejected: [],
      rejectedTotal: 0,
      duplicate: false,
    });
    expect(location).toBe(`/campaigns/${String(body['campaignId'])}`);
    const done = await eventually(
      () => call(location ?? ''),
      (seen) => seen.body['completed'] === true,
    );
    expect(done).toMatchObject({ status: 200, body: { state: 'stored', counts: { delivered: 2 }, open: 0 } });
    expect(sent().get('996555111001')).toBe('Hello');
    expect(sent().get('996555111002')).toBe('Bye, "friend"');
  });

  it('has a text of its own in each row by a template, in a form, with semicolons and a byte order mark', async () => {
    const csv = '\uFEFFName;PHONE;Order\nАйбек;996555112001;17\nАйгүл;996555112002;18\n';
    const { status, body } = await postForm({
      template: 'Урматтуу {name}, {Order} даяр.',
      file: new Blob([csv], { type: 'text/csv' }),
    });
    expect({ status, messages: body['messages'] }).toEqual({ status: 201, messages: 2 });
    await eventually(async () => sent().get('996555112002'), Boolean);
    expect(sent().get('996555112001')).toBe('Урматтуу Айбек, 17 даяр.');
    expect(sent().get('996555112002')).toBe('Урматтуу Айгүл, 18 даяр.');
  });

  it('takes a file of another encoding by its name', async () => {
    // "Привет" in windows-1251.
    const text = Buffer.from([0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2]);
    const csv = new Uint8Array(Buffer.concat([Buffer.from('phone,text\n996555113001,'), text]));
    const { status } = await post(csv, '', { 'content-type': 'text/csv; charset=windows-1251' });
    expect(status).toBe(201);
    expect(await eventually(async () => sent().get('996555113001'), Boolean)).toBe('Привет');
  });

  it('leaves rows with faults out and names them by their line', async () => {
    const csv = [
      'phone,text',
      '996555114001,"two',
      'lines"',
      '12,short',
      '',
      '996555114002,Hello, friend',
      '996555114003,',
      '996555114004,Good',
    ].join('\r\n');
    const { status, body } = await post(csv);
    expect(status).toBe(201);
    expect(body).toMatchObject({ messages: 2, rejectedTotal: 3 });
    expect(body['rejected']).toEqual([
      { line: 4, issues: [{ path: 'phone', message: expect.stringContaining('2 digits') }] },
      { line: 6, issues: [{ path: '', message: expect.stringContaining('has 3 columns, and the header has 2') }] },
      { line: 7, issues: [{ path: 'text', message: expect.stringContaining('is empty') }] },
    ]);
    const templated = await post('phone,name\n996555114005,\n996555114006,Азиз\n', '?template=Hi%20%7Bname%7D');
    expect(templated.body).toMatchObject({
      messages: 1,
      rejected: [{ line: 2, issues: [{ path: 'name', message: 'is empty, and the template needs it' }] }],
    });
  });

  it.each([
    ['no phone column', 'number,text\n1,a\n', '', /has no column "phone": its columns are "number", "text"/, 'line 1'],
    ['no text', 'phone,name\n1,a\n', '', /no column "text", and no template/, 'line 1'],
    [
      'a template of other columns',
      'phone,name\n1,a\n',
      '?template=%7Bnmae%7D',
      /has \{nmae\}, and the file has/,
      'file',
    ],
    ['two columns of one name', 'phone,text,Text\n1,a,b\n', '', /Two columns are named "text"/, 'line 1'],
    ['nothing in it', '', '', /is empty/, 'file'],
    ['nothing but a header', 'phone,text\n', '', /a header and no rows/, 'line 1'],
    ['a quote within a cell', 'phone,text\n996555000001,say "hi"\n', '', /quote stands within a cell/, 'line 2'],
    [
      'a quote that is not closed',
      'phone,text\n996555000001,"hi\nx,y\n',
      '',
      /opens in line 2 or after it is never closed/,
      'line 2',
    ],
  ])('with %s is refused, and nothing of it is stored', async (_what, csv, query, words, path) => {
    const { status, body } = await post(csv, query);
    expect(status).toBe(400);
    expect(body['issues']).toEqual([{ path, message: expect.stringMatching(words) }]);
    expect(body['campaignId']).toBeUndefined();
  });

  it('in the wrong encoding is refused with the line, and not sent in wrong letters', async () => {
    const csv = new Uint8Array(
      Buffer.concat([Buffer.from('phone,text\n996555000001,ok\n996555000002,'), Buffer.from([0xcf, 0xf0])]),
    );
    const { status, body } = await post(csv);
    expect(status).toBe(400);
    expect(body['issues']).toEqual([{ path: 'line 3', message: expect.stringContaining('is not utf-8') }]);
  });

  it('that is no file at all is refused with the command that sends one', async () => {
    const form = await fetch(`${running.url}/campaigns`, { method: 'POST', body: new URLSearchParams({ a: 'b' }) });
    expect(await answerOf(form)).toMatchObject({
      status: 415,
      body: { message: expect.stringContaining('--data-binary') },
    });
    expect(await postForm({ template: 'Hi' })).toMatchObject({ status: 400, body: { issues: [{ path: 'file' }] } });
    expect(await postForm({ colour: 'red', file: new Blob(['phone,text\n1,a\n']) })).toMatchObject({
      status: 400,
      body: { issues: [{ path: 'colour' }] },
    });
    expect((await post('phone,text\n1,a\n', '?sendAt=soon')).status).toBe(400);
  });

  it('that breaks in the middle says what is stored, and goes on from there under its key once it is fixed', async () => {
    const good = rows(6_000, 200_000);
    const key = { 'idempotency-key': 'fixed' };
    const broken = await post(`phone,text\n${good}996555000001,say "hi"\n`, '', key);
    expect(broken.status).toBe(400);
    expect(broken.body['issues']).toEqual([{ path: 'line 6002', message: expect.stringContaining('quote') }]);
    const { campaignId, messages } = broken.body;
    expect(messages).toBeGreaterThan(0);
    expect(broken.body['message']).toContain('same Idempotency-Key');
    const fixed = await post(`phone,text\n${good}996555900001,say hi\n`, '', key);
    expect(fixed).toMatchObject({ status: 201, body: { campaignId, messages: 6_001, duplicate: false } });
  });

  it('is stored once under its key, and another file under the key is refused', async () => {
    const key = { 'idempotency-key': 'once' };
    const first = await post(`phone,text\n${rows(20, 300_000)}12,x\n`, '', key);
    const again = await post(`phone,text\n${rows(20, 300_000)}12,x\n`, '', key);
    expect(again).toEqual({ ...first, body: { ...first.body, duplicate: true } });
    expect(again.body['rejected']).toMatchObject([{ line: 22 }]);
    const other = await post(`phone,text\n${rows(20, 400_000)}`, '', key);
    expect(other).toMatchObject({ status: 409, body: { issues: [{ path: 'requests' }] } });
  });

  describe('while its file comes in', () => {
    /** An upload that the test feeds. */
    const upload = (key: string, abort?: AbortSignal) => {
      let feed: ReadableStreamDefaultController<Uint8Array> | undefined;
      const body = new ReadableStream<Uint8Array>({ start: (controller) => void (feed = controller) });
      const init = {
        method: 'POST',
        headers: { 'content-type': 'text/csv', 'idempotency-key': key },
        body,
        duplex: 'half',
        ...(abort === undefined ? {} : { signal: abort }),
      } as RequestInit;
      return {
        give: (text: string) => feed?.enqueue(new TextEncoder().encode(text)),
        end: () => feed?.close(),
        answer: fetch(`${running.url}/campaigns`, init).then(answerOf),
      };
    };

    const idOf = async (key: string, messages: number) => {
      const seen = await eventually(
        async () =>
          (await call('/campaigns')).body as unknown as {
            idempotencyKey: string;
            messages: number;
            campaignId: string;
          }[],
        (list) => list.some((one) => one.idempotencyKey === key && one.messages >= messages),
      );
      return seen.find((one) => one.idempotencyKey === key)?.campaignId ?? '';
    };

    it('shows its id and its progress', async () => {
      const file = upload('slow');
      file.give(`phone,text\n${rows(500, 500_000)}`);
      const campaignId = await idOf('slow', 300);
      expect((await call(`/campaigns/${campaignId}`)).body).toMatchObject({ state: 'running', storedAt: null });
      file.give(rows(10, 600_000));
      file.end();
      expect(await file.answer).toMatchObject({ status: 201, body: { campaignId, messages: 510 } });
      expect((await call('/campaigns')).body).toEqual([]);
    });

    it('can be canceled, and the upload ends with what is stored', async () => {
      const file = upload('canceled');
      file.give(`phone,text\n${rows(500, 700_000)}`);
      const campaignId = await idOf('canceled', 300);
      const { status, body } = await call(`/campaigns/${campaignId}`, 'DELETE');
      expect(status).toBe(200);
      expect(Number(body['canceled']) + Number(body['tooLate'])).toBeGreaterThanOrEqual(300);
      file.give(rows(500, 800_000));
      expect(await file.answer).toMatchObject({
        status: 409,
        body: { campaignId, message: expect.stringContaining('canceled') },
      });
      expect((await call(`/campaigns/${campaignId}`)).body).toMatchObject({ state: 'canceled' });
    });

    it('can break off, and goes on when it is sent again under its key', async () => {
      const controller = new AbortController();
      const file = upload('broken-off', controller.signal);
      const ended = file.answer.catch((error: unknown) => error);
      file.give(`phone,text\n${rows(500, 900_000)}`);
      const campaignId = await idOf('broken-off', 300);
      controller.abort();
      await ended;
      await eventually(
        async () => (await call('/campaigns')).body,
        (list) => Array.isArray(list) && list.length === 0,
      );
      const again = await post(`phone,text\n${rows(600, 900_000)}`, '', { 'idempotency-key': 'broken-off' });
      expect(again).toMatchObject({ status: 201, body: { campaignId, messages: 600, duplicate: false } });
      const sms = running.app.get(SmsProService);
      const done = await eventually(
        async () => sms.campaign(campaignId),
        (seen: CampaignStatus | null) => seen?.counts.queued === 0,
      );
      expect(done?.recipients).toBe(600);
      expect(simulator.doubles()).toEqual([]);
    });
  });

  it('that nobody began is not known', async () => {
    expect((await call('/campaigns/0190a000-0000-7000-8000-000000000000')).status).toBe(404);
    expect((await call('/campaigns/0190a000-0000-7000-8000-000000000000', 'DELETE')).status).toBe(404);
  });
});
