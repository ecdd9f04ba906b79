import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { SmsProService, type SmsProEventName } from 'nestjs-sms-pro';
import { startSimulator, type Simulator } from 'sms-pro-simulator';
import { DataSource } from 'typeorm';
import { AppLogger } from './app.logger.js';
import { AppModule } from './app.module.js';
import { startApplication, type RunningApplication } from './start-application.js';

const TIMEOUT_MS = 100_000;

let folder: string;
let simulator: Simulator;
let running: RunningApplication;

function environment(changes: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return {
    PORT: '0',
    SMS_PRO_LOGIN: 'demo',
    SMS_PRO_PASSWORD: 'demo',
    SMS_PRO_SENDER: 'Demo',
    SMS_PRO_BASE_URL: simulator.url,
    SMS_PRO_REPORT_SECRET: 'a-secret-of-the-route',
    SMS_PRO_DATABASE: join(folder, 'sms.sqlite'),
    ...changes,
  };
}

function start(changes?: NodeJS.ProcessEnv): Promise<RunningApplication> {
  return startApplication(AppModule.forEnvironment(environment(changes)), new AppLogger(['fatal']));
}

async function call(path: string, body?: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(running.url + path, {
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
    headers: { 'content-type': 'application/json' },
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sms-pro-app-'));
  simulator = await startSimulator({ lives: { sentAfterMs: 10, deliveredAfterMs: 20 } });
  running = await start();
  simulator.setAccount({ login: 'demo', reportUrl: running.reportUrl });
}, TIMEOUT_MS);

afterAll(async () => {
  await running.app.close();
  await simulator.stop();
  await rm(folder, { recursive: true });
}, TIMEOUT_MS);

describe('the notification service', () => {
  it('accepts a notification, sends it, is told the outcome and notes whom to call', async () => {
    const bothTold = Promise.all([told('recipient.delivered'), told('recipient.undelivered')]);
    const { status, body } = await call('/notifications', {
      to: ['0555 000 101', '+996 555 00 00 04'],
      text: 'Сиздин код 4821',
      priority: 'high',
      reference: 'order-17',
      sensitive: true,
      validUntil: new Date(Date.now() + 60_000).toISOString(),
    });
    expect(status).toBe(202);
    expect(body).toMatchObject({ recipients: 2, segments: 1, encoding: 'ucs2', duplicate: false });

    const messageId = String(body['messageId']);
    await running.app.get(SmsProService).waitFor(messageId, 'final', { timeoutMs: TIMEOUT_MS });
    expect(await call(`/notifications/${messageId}`)).toMatchObject({
      status: 200,
      body: {
        reference: 'order-17',
        recipients: [
          { phone: '996555000101', status: 'delivered' },
          { phone: '996555000004', status: 'undelivered', reason: 'not-delivered' },
        ],
      },
    });

    await bothTold;
    const { body: outcomes } = await call('/outcomes?reference=order-17');
    expect(outcomes).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ phone: '996555000101', outcome: 'delivered', callNeeded: false }),
        expect.objectContaining({ phone: '996555000004', outcome: 'undelivered', callNeeded: true }),
      ]),
    );
    expect((await call('/outcomes?reference=order-18')).body).toEqual([]);
  });

  it('sends a request with the same key once, and refuses the key for another request', async () => {
    const request = { to: '996555000102', text: 'Hello', idempotencyKey: 'key-1' };
    const first = await call('/notifications', request);
    const again = await call('/notifications', request);
    expect(again.body).toEqual({ ...first.body, duplicate: true });
    expect(await call('/notifications', { ...request, text: 'Bye' })).toMatchObject({
      status: 409,
      body: { issues: [{ path: 'idempotencyKey' }] },
    });
  });

  it('names every fault of a request, and stores nothing of it', async () => {
    const faulty = await call('/notifications', { to: ['12', '996555000102'], text: '', sender: 'Моя' });
    expect(faulty).toMatchObject({
      status: 400,
      body: { issues: [{ path: 'to[0]' }, { path: 'text' }, { path: 'sender' }] },
    });
    const shapeless = await call('/notifications', { to: 996555000102, sendAt: 'soon', urgent: true });
    expect(shapeless).toMatchObject({
      status: 400,
      body: { issues: expect.arrayContaining([expect.objectContaining({ path: 'urgent' })]) },
    });
    const paths = (shapeless.body['issues'] as { path: string }[]).map(({ path }) => path);
    expect(paths.toSorted()).toEqual(['sendAt', 'text', 'to', 'urgent']);
  });

  it('answers 404 for a notification that was never sent', async () => {
    expect((await call('/notifications/0190a000-0000-7000-8000-000000000000')).status).toBe(404);
  });

  it('shows the balance of the account', async () => {
    expect(await call('/account')).toMatchObject({ status: 200, body: { smsPrice: '1.00', active: true } });
  });

  it('looks a phone up', async () => {
    expect(await call('/lookup/0555000101')).toMatchObject({
      status: 200,
      body: { operator: 'MegaCom', utcOffsetHours: 6 },
    });
    expect((await call('/lookup/996312000000')).status).toBe(404);
    expect((await call('/lookup/12')).status).toBe(400);
  });

  it('answers 502 when the gateway refuses, and 503 when it is down', async () => {
    simulator.setAccount({ login: 'demo', password: 'changed' });
    expect(await call('/account')).toMatchObject({ status: 502, body: { hint: expect.stringContaining('login') } });
    simulator.setAccount({ login: 'demo', password: 'demo' });
    await simulator.goDown();
    expect((await call('/account')).status).toBe(503);
    await simulator.comeBack();
  });

  it('answers a health check: where SMS go, the state of sending, and whether reports are pushed', async () => {
    expect(await call('/health')).toEqual({
      status: 200,
      body: {
        status: 'ok',
        gateway: simulator.url,
        simulated: false,
        dispatch: expect.objectContaining({ state: 'running', pauses: [], queued: { high: 0, normal: 0, low: 0 } }),
        reports: {
          lastPushAt: expect.any(String),
          settledByPollSince: null,
          pushMissing: false,
          hint: null,
          unmatched: 0,
        },
      },
    });
  });

  it('says in its health check where to set up the push, after an hour of reports by polling only', async () => {
    const database = join(folder, 'push-missing.sqlite');
    await (await start({ SMS_PRO_DATABASE: database })).app.close();
    const source = await new DataSource({ type: 'better-sqlite3', database }).initialize();
    const since = Date.now() - 61 * 60_000;
    await source.query('UPDATE sms_pro_account SET polled_at = ?', [since]);
    await source.destroy();
    const second = await start({ SMS_PRO_DATABASE: database });
    const health = (await (await fetch(`${second.url}/health`)).json()) as { reports: Record<string, unknown> };
    await second.app.close();
    expect(health.reports).toMatchObject({
      lastPushAt: null,
      settledByPollSince: new Date(since).toISOString(),
      pushMissing: true,
      hint: expect.stringMatching(/МОЙ ПРОФИЛЬ → ПАРАМЕТРЫ API.*\/sms-pro\/reports\/<reports\.secret>/),
    });
  });

  it('documents every route, and no other', async () => {
    const { paths } = (await call('/docs-json')).body as { paths: Record<string, object> };
    expect(Object.keys(paths).toSorted()).toEqual([
      '/account',
      '/campaigns',
      '/campaigns/{id}',
      '/health',
      '/lookup/{phone}',
      '/notifications',
      '/notifications/{id}',
      '/outcomes',
    ]);
  });

  it('takes reports only where the path ends with the secret', async () => {
    const report = { method: 'POST', body: '<report/>' };
    expect((await fetch(`${running.url}/sms-pro/reports/another-secret-0`, report)).status).toBe(401);
  });

  it('does not start with credentials that the gateway refuses', async () => {
    const other = { SMS_PRO_PASSWORD: 'wrong', SMS_PRO_DATABASE: join(folder, 'other.sqlite') };
    await expect(start(other)).rejects.toMatchObject({ code: 'GATEWAY', status: '2' });
  });

  it('does not start on a port in use, and leaves its database free', async () => {
    const other = { SMS_PRO_DATABASE: join(folder, 'other.sqlite') };
    await expect(start({ ...other, PORT: new URL(running.url).port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    const second = await start(other);
    await second.app.close();
  });

  it('does not start without its settings', async () => {
    await expect(start({ SMS_PRO_PASSWORD: '' })).rejects.toThrow(/^Environment: 1 fault: SMS_PRO_PASSWORD is missing/);
  });
});

/** Resolves when every durable subscriber has handled the event: only then is it emitted. */
function told(eventName: SmsProEventName): Promise<unknown> {
  return new Promise((resolve) => {
    running.app.get(EventEmitter2).once(`sms-pro.${eventName}`, resolve);
  });
}
