import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import {
  getSmsProToken,
  InjectSmsPro,
  InjectSmsProLookup,
  OnSmsPro,
  SmsProLookupService,
  SmsProModule,
  SmsProService,
  type SmsProEvent,
  type SmsProOptions,
  type SmsProOptionsFactory,
} from 'nestjs-sms-pro';
import { TestHost } from './module.fixture.js';
import { PLATFORMS } from './support/booted-app.js';
import { eventually, LONG_MS } from './support/eventually.js';
import { reportXml } from './support/report-xml.js';

let host: TestHost;

beforeEach(async () => {
  host = await TestHost.open();
});

afterEach(async () => {
  await host.close();
});

describe.each(PLATFORMS)('the four ways to set the module up, on %s', (platform) => {
  class Factory implements SmsProOptionsFactory {
    createSmsProOptions(): SmsProOptions {
      return host.options();
    }
  }
  @Module({ providers: [Factory], exports: [Factory] })
  class FactoryModule {}

  it.each([
    ['forRoot', () => SmsProModule.forRoot(host.options())],
    ['forRootAsync useFactory', () => SmsProModule.forRootAsync({ useFactory: async () => host.options() })],
    ['forRootAsync useClass', () => SmsProModule.forRootAsync({ useClass: Factory })],
    ['forRootAsync useExisting', () => SmsProModule.forRootAsync({ imports: [FactoryModule], useExisting: Factory })],
  ])('%s: a message is sent and its push is stored', async (_form, makeModule) => {
    const { app, url } = await host.boot({ platform, modules: [makeModule()] });
    const sms = app.get(SmsProService);
    const { messageId, packetIds } = await sms.send({ to: '996555123456', text: 'Hello' });
    await sms.waitFor(messageId, 'accepted', { timeoutMs: LONG_MS });
    const response = await fetch(`${url}/sms-pro/reports`, {
      method: 'POST',
      body: reportXml(packetIds[0] ?? '', { '996555123456': '3' }),
    });
    expect(response.status).toBe(200);
    expect((await sms.status(messageId))?.counts.delivered).toBe(1);
  });
});

describe('two accounts in one application', () => {
  @Injectable()
  class Desk {
    readonly heard: string[] = [];

    constructor(
      @InjectSmsPro() readonly shop: SmsProService,
      @InjectSmsPro('bank') readonly bank: SmsProService,
      @InjectSmsProLookup('bank') readonly bankLookup: SmsProLookupService,
    ) {}

    @OnSmsPro('message.completed')
    onAny(event: SmsProEvent<'message.completed'>): void {
      this.heard.push(`any ${event.account}`);
    }

    @OnSmsPro('message.completed', { account: 'bank' })
    onBank(event: SmsProEvent<'message.completed'>): void {
      this.heard.push(`bank ${event.account}`);
    }
  }

  it('have services, rows, report paths and events of their own', async () => {
    host.simulator.setAccount({ login: 'bank', password: 'secret' });
    const { app, url } = await host.boot({
      providers: [Desk],
      modules: [
        SmsProModule.forRoot(host.options()),
        SmsProModule.forRoot({ ...host.options('bank.sqlite'), name: 'bank', login: 'bank', password: 'secret' }),
      ],
    });
    const desk = app.get(Desk);
    expect(desk.bank).toBe(app.get(getSmsProToken(SmsProService, 'bank')));
    // The class alone means the unnamed instance, however it is looked up.
    expect(app.get(SmsProService)).toBe(desk.shop);
    expect(desk.bank).not.toBe(desk.shop);
    const sent = await desk.bank.send({ to: '996555123456', text: 'From the bank' });
    const other = await desk.shop.send({ to: '996555123456', text: 'From the shop' });
    await desk.bank.waitFor(sent.messageId, 'accepted', { timeoutMs: LONG_MS });
    await desk.shop.waitFor(other.messageId, 'accepted', { timeoutMs: LONG_MS });
    expect(
      host.simulator
        .ledger()
        .map(({ account, text }) => `${account} ${text}`)
        .toSorted(),
    ).toEqual(['bank From the bank', 'demo From the shop']);
    expect(await desk.shop.status(sent.messageId)).toBeNull();

    const push = (path: string) =>
      fetch(`${url}/${path}`, {
        method: 'POST',
        body: reportXml(sent.packetIds[0] ?? '', { '996555123456': '3' }),
      });
    expect((await push('sms-pro/reports')).status).toBe(200);
    expect((await desk.bank.status(sent.messageId))?.counts.accepted).toBe(1);
    expect((await push('sms-pro/bank/reports')).status).toBe(200);
    expect((await desk.bank.status(sent.messageId))?.counts.delivered).toBe(1);
    await eventually(
      () => desk.heard.toSorted(),
      (heard) => heard.length === 2,
    );
    expect(desk.heard.toSorted()).toEqual(['any bank', 'bank bank']);
    expect(await desk.bankLookup.lookup('0555 123 456')).toMatchObject({ phone: '996555123456' });
  });
});
