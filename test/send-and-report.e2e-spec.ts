import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable, type INestApplication } from '@nestjs/common';
import { OnSmsPro, SmsProModule, SmsProService, type SmsProEvent } from 'nestjs-sms-pro';
import { startSimulator, type Simulator } from 'sms-pro-simulator';
import { bootApp, PLATFORMS, quickOptions, scratchFolder } from './support/booted-app.js';
import { eventually, LONG_MS } from './support/eventually.js';

@Injectable()
class EventRecorder {
  readonly seen: string[] = [];

  @OnSmsPro('packet.accepted')
  onAccepted(event: SmsProEvent<'packet.accepted'>): void {
    this.seen.push(`accepted ${event.recipients}`);
  }

  @OnSmsPro('recipient.delivered')
  onDelivered(event: SmsProEvent<'recipient.delivered'>): void {
    this.seen.push(`delivered ${event.phone} ${event.reference ?? ''}`);
  }

  @OnSmsPro('message.completed')
  onCompleted(event: SmsProEvent<'message.completed'>): void {
    this.seen.push(`completed ${event.counts.delivered}`);
  }
}

describe.each(PLATFORMS)('on %s', (platform) => {
  let simulator: Simulator;
  let app: INestApplication;
  let folder: Awaited<ReturnType<typeof scratchFolder>>;

  beforeEach(async () => {
    folder = await scratchFolder();
    simulator = await startSimulator({ lives: { sentAfterMs: 20, deliveredAfterMs: 40 } });
  });

  afterEach(async () => {
    await app.close();
    await simulator.stop();
    await folder.remove();
  });

  it('a message is sent, and its pushed report makes it delivered', async () => {
    const booted = await bootApp({
      platform,
      providers: [EventRecorder],
      modules: [
        SmsProModule.forRoot({
          ...quickOptions(simulator.url, folder.file('sms.sqlite')),
          polling: { enabled: false },
        }),
      ],
    });
    app = booted.app;
    simulator.setAccount({ login: 'demo', password: 'demo', reportUrl: `${booted.url}/sms-pro/reports` });
    const sms = app.get(SmsProService);

    const receipt = await sms.send({ to: '+996 555 12-34-56', text: 'Ваш код 1234', reference: 'order 7' });
    const status = await sms.waitFor(receipt.messageId, 'final', { timeoutMs: LONG_MS });

    expect(receipt).toMatchObject({ recipients: 1, segments: 1, encoding: 'ucs2', duplicate: false });
    expect(status.recipients).toMatchObject([{ phone: '996555123456', status: 'delivered', segments: 1 }]);
    expect(status.recipients[0]?.deliveredAt).toBeInstanceOf(Date);
    expect(simulator.ledger()).toHaveLength(1);
    const { seen } = app.get(EventRecorder);
    await eventually(
      () => seen.length,
      (amount) => amount >= 3,
    );
    expect(seen.toSorted()).toEqual(['accepted 1', 'completed 1', 'delivered 996555123456 order 7']);
  });

  it('a report that is never pushed is polled for', async () => {
    const booted = await bootApp({
      platform,
      providers: [EventRecorder],
      modules: [SmsProModule.forRoot(quickOptions(simulator.url, folder.file('sms.sqlite')))],
    });
    app = booted.app;
    const sms = app.get(SmsProService);
    const { messageId } = await sms.send({ to: '0555123456', text: 'Hello' });
    const status = await sms.waitFor(messageId, 'final', { timeoutMs: LONG_MS });
    expect(status.counts.delivered).toBe(1);
  });
});
