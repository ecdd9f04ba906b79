import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  answerOf,
  eventually,
  startCampaignService,
  TIMEOUT_MS,
  type CampaignService,
} from './campaign-service.fixture.js';

let service: CampaignService;

beforeAll(async () => {
  service = await startCampaignService();
}, TIMEOUT_MS);

afterAll(() => service.stop(), TIMEOUT_MS);

describe('the file of a campaign', () => {
  it('is stored row by row, answered when all rows are stored, and sent', async () => {
    const { status, body, location } = await service.post(
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
      () => service.call(location ?? ''),
      (seen) => seen.body['completed'] === true,
    );
    expect(done).toMatchObject({ status: 200, body: { state: 'stored', counts: { delivered: 2 }, open: 0 } });
    expect(service.sent().get('996555111001')).toBe('Hello');
    expect(service.sent().get('996555111002')).toBe('Bye, "friend"');
  });

  it('gives each row a text of its own from a template, in a form, with semicolons and a byte order mark', async () => {
    const csv = '\uFEFFName;PHONE;Order\nАйбек;996555112001;17\nАйгүл;996555112002;18\n';
    const { status, body } = await service.postForm({
      template: 'Урматтуу {name}, {Order} даяр.',
      file: new Blob([csv], { type: 'text/csv' }),
    });
    expect({ status, messages: body['messages'] }).toEqual({ status: 201, messages: 2 });
    await eventually(async () => service.sent().get('996555112002'), Boolean);
    expect(service.sent().get('996555112001')).toBe('Урматтуу Айбек, 17 даяр.');
    expect(service.sent().get('996555112002')).toBe('Урматтуу Айгүл, 18 даяр.');
  });

  it('is read in the encoding that its charset names', async () => {
    // "Привет" in windows-1251.
    const text = Buffer.from([0xcf, 0xf0, 0xe8, 0xe2, 0xe5, 0xf2]);
    const csv = new Uint8Array(Buffer.concat([Buffer.from('phone,text\n996555113001,'), text]));
    const { status } = await service.post(csv, '', { 'content-type': 'text/csv; charset=windows-1251' });
    expect(status).toBe(201);
    expect(await eventually(async () => service.sent().get('996555113001'), Boolean)).toBe('Привет');
  });

  it('has its rows with faults skipped and reported with their line', async () => {
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
    const { status, body } = await service.post(csv);
    expect(status).toBe(201);
    expect(body).toMatchObject({ messages: 2, rejectedTotal: 3 });
    expect(body['rejected']).toEqual([
      { line: 4, issues: [{ path: 'phone', message: expect.stringContaining('2 digits') }] },
      { line: 6, issues: [{ path: '', message: expect.stringContaining('has 3 columns, and the header has 2') }] },
      { line: 7, issues: [{ path: 'text', message: expect.stringContaining('is empty') }] },
    ]);
    const templated = await service.post('phone,name\n996555114005,\n996555114006,Азиз\n', '?template=Hi%20%7Bname%7D');
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
    ['a quote inside a cell', 'phone,text\n996555000001,say "hi"\n', '', /There is a quote inside a cell/, 'line 2'],
    [
      'a quote that is not closed',
      'phone,text\n996555000001,"hi\nx,y\n',
      '',
      /opens in line 2 or later is never closed/,
      'line 2',
    ],
  ])('with %s is refused, and nothing of it is stored', async (_what, csv, query, words, path) => {
    const { status, body } = await service.post(csv, query);
    expect(status).toBe(400);
    expect(body['issues']).toEqual([{ path, message: expect.stringMatching(words) }]);
    expect(body['campaignId']).toBeUndefined();
  });

  it('in the wrong encoding is refused with the line, and not sent garbled', async () => {
    const csv = new Uint8Array(
      Buffer.concat([Buffer.from('phone,text\n996555000001,ok\n996555000002,'), Buffer.from([0xcf, 0xf0])]),
    );
    const { status, body } = await service.post(csv);
    expect(status).toBe(400);
    expect(body['issues']).toEqual([{ path: 'line 3', message: expect.stringContaining('is not utf-8') }]);
  });

  it('that is no file at all is refused with the command that sends one', async () => {
    const form = await fetch(`${service.running.url}/campaigns`, {
      method: 'POST',
      body: new URLSearchParams({ a: 'b' }),
    });
    expect(await answerOf(form)).toMatchObject({
      status: 415,
      body: { message: expect.stringContaining('--data-binary') },
    });
    expect(await service.postForm({ template: 'Hi' })).toMatchObject({
      status: 400,
      body: { issues: [{ path: 'file' }] },
    });
    expect(await service.postForm({ colour: 'red', file: new Blob(['phone,text\n1,a\n']) })).toMatchObject({
      status: 400,
      body: { issues: [{ path: 'colour' }] },
    });
    expect((await service.post('phone,text\n1,a\n', '?sendAt=soon')).status).toBe(400);
  });

  it('of an unknown campaign: the answer is 404', async () => {
    expect((await service.call('/campaigns/0190a000-0000-7000-8000-000000000000')).status).toBe(404);
    expect((await service.call('/campaigns/0190a000-0000-7000-8000-000000000000', 'DELETE')).status).toBe(404);
  });
});
