import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { OnSmsPro, SmsProBulkStoppedError, SmsProModule, SmsProService, type SmsProEvent } from 'nestjs-sms-pro';
import { startSimulator, type Simulator } from 'sms-pro-simulator';
import { bootApp, quickOptions, scratchFolder } from './support/booted-app.js';
import { eventually } from './support/eventually.js';

/** Hears the ends of messages. */
class Ends {
  readonly heard: SmsProEvent<'message.completed'>[] = [];

  @OnSmsPro('message.completed')
  onCompleted(event: SmsProEvent<'message.completed'>): void {
    this.heard.push(event);
  }
}

describe('a campaign', () => {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let simulator: Simulator;
  let app: INestApplication | null = null;

  beforeEach(async () => {
    folder = await scratchFolder();
    simulator = await startSimulator({ lives: { sentAfterMs: 0, deliveredAfterMs: 0, endings: false } });
  });

  afterEach(async () => {
    await app?.close();
    app = null;
    await simulator.stop();
    await folder.remove();
  });

  const boot = async (dispatch = {}) => {
    const quick = quickOptions(simulator.url, folder.file('campaign.sqlite'));
    const module = SmsProModule.forRoot({ ...quick, dispatch: { ...quick.dispatch, ...dispatch } });
    ({ app } = await bootApp({ modules: [module], providers: [Ends] }));
    return app;
  };

  it('is sent in full packets, and each message hears of its own end once, with its campaign', async () => {
    const booted = await boot();
    const sms = booted.get(SmsProService);
    const requests = Array.from({ length: 120 }, (_, at) => ({
      to: `99655500${String(at).padStart(4, '0')}`,
      text: 'Spring sale',
      reference: `customer-${at}`,
    }));
    const { campaignId } = await sms.sendBulk(requests);
    const status = await eventually(
      () => sms.campaign(campaignId),
      (seen) => seen?.completed === true,
    );
    expect(status?.counts.delivered).toBe(120);
    const posts = simulator.requests().filter(({ call }) => call === 'message');
    expect(posts).toHaveLength(3);
    const ends = booted.get(Ends);
    await eventually(
      () => ends.heard.length,
      (length) => length >= 120,
    );
    expect(new Set(ends.heard.map(({ reference }) => reference)).size).toBe(120);
    expect(ends.heard).toHaveLength(120);
    expect(ends.heard[0]).toMatchObject({ campaignId, recipients: 1, counts: { delivered: 1 } });
  });

  it('that is canceled is not sent, and its run ends', async () => {
    const booted = await boot({ enabled: false });
    const sms = booted.get(SmsProService);
    let canceled: Promise<unknown> | undefined;
    function* endless() {
      for (let at = 0; ; at += 1) yield { to: `996555${String(at % 1_000_000).padStart(6, '0')}`, text: `Sale ${at}` };
    }
    const run = sms.sendBulk(endless(), {
      onProgress: ({ campaignId, messages }) => {
        if (messages > 0) canceled ??= sms.cancelCampaign(campaignId);
      },
    });
    const stopped: unknown = await run.catch((error: unknown) => error);
    if (!(stopped instanceof SmsProBulkStoppedError)) throw new Error('It went on.');
    expect(stopped.stoppedBy).toBe('canceled');
    expect(await canceled).toEqual({ canceled: stopped.receipt.recipients, tooLate: 0 });
    expect(await sms.campaign(stopped.receipt.campaignId)).toMatchObject({ state: 'canceled', completed: true });
    expect(await sms.campaign('another')).toBeNull();
    await expect(sms.cancelCampaign('another')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('that is being stored ends when the application shuts down', async () => {
    const booted = await boot({ enabled: false });
    const sms = booted.get(SmsProService);
    let isStored: () => void = () => {};
    const stored = new Promise<void>((resolve) => {
      isStored = resolve;
    });
    async function* silent() {
      for (let at = 0; at < 150; at += 1) yield { to: `996555${String(at).padStart(6, '0')}`, text: 'Spring sale' };
      await new Promise(() => {});
    }
    const run = sms.sendBulk(silent(), { onProgress: ({ messages }) => messages >= 150 && isStored() });
    const ended: Promise<unknown> = run.catch((error: unknown) => error);
    await stored;
    await booted.close();
    app = null;
    expect(await ended).toMatchObject({ stoppedBy: 'shutdown', receipt: { messages: 150 } });
  });

  it('is estimated before it is sent', async () => {
    const booted = await boot({ enabled: false });
    const sms = booted.get(SmsProService);
    const request = { to: ['0555 000 101', '996555000102'], text: 'Саламатсызбы! '.repeat(6) };
    expect(await sms.estimate(request)).toEqual({
      encoding: 'ucs2',
      segments: 2,
      recipients: 2,
      unitsTotal: 4,
      cost: null,
      forcing: ['С', 'а', 'л', 'м', 'т', 'с', 'ы', 'з', 'б'],
    });
    await expect(sms.estimate({ to: '1', text: '' })).rejects.toMatchObject({ code: 'INPUT' });
    expect(simulator.requests()).toEqual([]);
  });
});
