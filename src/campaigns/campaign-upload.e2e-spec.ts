import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SmsProService, type CampaignStatus } from 'nestjs-sms-pro';
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

function rows(amount: number, from = 0): string {
  return Array.from({ length: amount }, (_, at) => `99655${String(from + at).padStart(7, '0')},Spring sale\n`).join('');
}

describe('the upload of a campaign', () => {
  it('with a fault in the middle says what is stored, and continues from there once the file is fixed', async () => {
    const good = rows(6_000, 200_000);
    const key = { 'idempotency-key': 'fixed' };
    const broken = await service.post(`phone,text\n${good}996555000001,say "hi"\n`, '', key);
    expect(broken.status).toBe(400);
    expect(broken.body['issues']).toEqual([{ path: 'line 6002', message: expect.stringContaining('quote') }]);
    const { campaignId, messages } = broken.body;
    expect(messages).toBeGreaterThan(0);
    expect(broken.body['message']).toContain('same Idempotency-Key');
    const fixed = await service.post(`phone,text\n${good}996555900001,say hi\n`, '', key);
    expect(fixed).toMatchObject({ status: 201, body: { campaignId, messages: 6_001, duplicate: false } });
  });

  it('is stored once for each key, and another file with the key is refused', async () => {
    const key = { 'idempotency-key': 'once' };
    const first = await service.post(`phone,text\n${rows(20, 300_000)}12,x\n`, '', key);
    const again = await service.post(`phone,text\n${rows(20, 300_000)}12,x\n`, '', key);
    expect(again).toEqual({ ...first, body: { ...first.body, duplicate: true } });
    expect(again.body['rejected']).toMatchObject([{ line: 22 }]);
    const other = await service.post(`phone,text\n${rows(20, 400_000)}`, '', key);
    expect(other).toMatchObject({ status: 409, body: { issues: [{ path: 'requests' }] } });
  });

  describe('while its file is coming in', () => {
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
        answer: fetch(`${service.running.url}/campaigns`, init).then(answerOf),
      };
    };

    const idOf = async (key: string, messages: number) => {
      const seen = await eventually(
        async () =>
          (await service.call('/campaigns')).body as unknown as {
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
      expect((await service.call(`/campaigns/${campaignId}`)).body).toMatchObject({ state: 'running', storedAt: null });
      file.give(rows(10, 600_000));
      file.end();
      expect(await file.answer).toMatchObject({ status: 201, body: { campaignId, messages: 510 } });
      expect((await service.call('/campaigns')).body).toEqual([]);
    });

    it('can be canceled, and the upload ends with what is stored', async () => {
      const file = upload('canceled');
      file.give(`phone,text\n${rows(500, 700_000)}`);
      const campaignId = await idOf('canceled', 300);
      const { status, body } = await service.call(`/campaigns/${campaignId}`, 'DELETE');
      expect(status).toBe(200);
      expect(Number(body['canceled']) + Number(body['tooLate'])).toBeGreaterThanOrEqual(300);
      file.give(rows(500, 800_000));
      expect(await file.answer).toMatchObject({
        status: 409,
        body: { campaignId, message: expect.stringContaining('canceled') },
      });
      expect((await service.call(`/campaigns/${campaignId}`)).body).toMatchObject({ state: 'canceled' });
    });

    it('can be interrupted, and continues when the file is sent again with its key', async () => {
      const controller = new AbortController();
      const file = upload('interrupted', controller.signal);
      const ended = file.answer.catch((error: unknown) => error);
      file.give(`phone,text\n${rows(500, 900_000)}`);
      const campaignId = await idOf('interrupted', 300);
      controller.abort();
      await ended;
      await eventually(
        async () => (await service.call('/campaigns')).body,
        (list) => Array.isArray(list) && list.length === 0,
      );
      const again = await service.post(`phone,text\n${rows(600, 900_000)}`, '', { 'idempotency-key': 'interrupted' });
      expect(again).toMatchObject({ status: 201, body: { campaignId, messages: 600, duplicate: false } });
      const sms = service.running.app.get(SmsProService);
      const done = await eventually(
        async () => sms.campaign(campaignId),
        (seen: CampaignStatus | null) => seen?.counts.queued === 0,
      );
      expect(done?.recipients).toBe(600);
      expect(service.simulator.doubles()).toEqual([]);
    });
  });
});
