import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module, type DynamicModule, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitter2, EventEmitterModule } from '@nestjs/event-emitter';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import {
  getSmsProToken,
  InjectSmsPro,
  InjectSmsProLookup,
  OnSmsPro,
  SmsProBalanceService,
  SmsProConfigError,
  SmsProEvents,
  SmsProGateway,
  SmsProGatewayError,
  SmsProInputError,
  SmsProLookupService,
  SmsProModule,
  SmsProService,
  type SmsProEvent,
  type SmsProModuleOptions,
  type SmsProOptions,
  type SmsProOptionsFactory,
} from 'nestjs-sms-pro';
import { startSimulator, type Simulator } from 'sms-pro-simulator';
import { bootApp, PLATFORMS, quickOptions, scratchFolder } from './support/booted-app.js';
import { eventually } from './support/eventually.js';
import { reportXml } from './support/report-xml.js';

let simulator: Simulator;
let folder: Awaited<ReturnType<typeof scratchFolder>>;
let app: INestApplication | null = null;

beforeEach(async () => {
  folder = await scratchFolder();
  simulator = await startSimulator({ lives: { sentAfterMs: 0, deliveredAfterMs: 0 } });
});

afterEach(async () => {
  await app?.close();
  app = null;
  await simulator.stop();
  await folder.remove();
});

const options = (file = 'sms.sqlite'): SmsProModuleOptions => ({
  ...quickOptions(simulator.url, folder.file(file)),
  polling: { enabled: false },
});

describe.each(PLATFORMS)('the four ways to set the module up, on %s', (platform) => {
  class Factory implements SmsProOptionsFactory {
    createSmsProOptions(): SmsProOptions {
      return options();
    }
  }
  @Module({ providers: [Factory], exports: [Factory] })
  class FactoryModule {}

  it.each([
    ['forRoot', () => SmsProModule.forRoot(options())],
    ['forRootAsync useFactory', () => SmsProModule.forRootAsync({ useFactory: async () => options() })],
    ['forRootAsync useClass', () => SmsProModule.forRootAsync({ useClass: Factory })],
    ['forRootAsync useExisting', () => SmsProModule.forRootAsync({ imports: [FactoryModule], useExisting: Factory })],
  ])('%s: a message is sent and its push is stored', async (_form, makeModule) => {
    const booted = await bootApp({ platform, modules: [makeModule()] });
    app = booted.app;
    const sms = app.get(SmsProService);
    const { messageId, packetIds } = await sms.send({ to: '996555123456', text: 'Hello' });
    await sms.waitFor(messageId, 'accepted', { timeoutMs: 10_000 });
    const response = await fetch(`${booted.url}/sms-pro/reports`, {
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
    simulator.setAccount({ login: 'bank', password: 'secret' });
    const booted = await bootApp({
      providers: [Desk],
      modules: [
        SmsProModule.forRoot(options()),
        SmsProModule.forRoot({ ...options('bank.sqlite'), name: 'bank', login: 'bank', password: 'secret' }),
      ],
    });
    app = booted.app;
    const desk = app.get(Desk);
    expect(desk.bank).toBe(app.get(getSmsProToken(SmsProService, 'bank')));
    // The class alone means the unnamed instance, however it is looked up.
    expect(app.get(SmsProService)).toBe(desk.shop);
    expect(desk.bank).not.toBe(desk.shop);
    const sent = await desk.bank.send({ to: '996555123456', text: 'From the bank' });
    const other = await desk.shop.send({ to: '996555123456', text: 'From the shop' });
    await desk.bank.waitFor(sent.messageId, 'accepted', { timeoutMs: 10_000 });
    await desk.shop.waitFor(other.messageId, 'accepted', { timeoutMs: 10_000 });
    expect(
      simulator
        .ledger()
        .map(({ account, text }) => `${account} ${text}`)
        .toSorted(),
    ).toEqual(['bank From the bank', 'demo From the shop']);
    expect(await desk.shop.status(sent.messageId)).toBeNull();

    const push = (path: string) =>
      fetch(`${booted.url}/${path}`, {
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

describe('the services', () => {
  it('ask for the balance and look numbers up, once per number', async () => {
    simulator.setAccount({ login: 'demo', password: 'demo', balance: '20123.12', smsPrice: '0.50' });
    ({ app } = await bootApp({ modules: [SmsProModule.forRoot(options())] }));
    const balance = await app.get(SmsProBalanceService).getBalance();
    expect(balance).toMatchObject({ balance: '20123.12', smsPrice: '0.50', active: true });
    expect(balance.checkedAt).toBeInstanceOf(Date);
    const lookup = app.get(SmsProLookupService);
    const [one, two] = await Promise.all([lookup.lookup('996555123456'), lookup.lookup('+996 555 12 34 56')]);
    expect(one).toEqual(two);
    await lookup.lookup('0555123456');
    expect(simulator.requests().filter(({ call }) => call === 'def')).toHaveLength(1);
    expect(await lookup.lookup('996111111111')).toBeNull();
    await expect(lookup.lookup('12')).rejects.toThrow(SmsProInputError);
  });

  it('the gateway’s refusal names where to mend it', async () => {
    ({ app } = await bootApp({ modules: [SmsProModule.forRoot({ ...options(), password: 'wrong' })] }));
    const refused = app.get(SmsProBalanceService).getBalance();
    await expect(refused).rejects.toThrow(SmsProGatewayError);
    await expect(refused).rejects.toMatchObject({
      call: 'info',
      status: '2',
      hint: expect.stringContaining('password'),
    });
    expect(await app.get(SmsProGateway).getAccount().catch(String)).not.toContain('wrong');
  });

  it('a low balance is told once', async () => {
    simulator.setAccount({ login: 'demo', password: 'demo', balance: '99.99' });
    ({ app } = await bootApp({ modules: [SmsProModule.forRoot({ ...options(), balance: { lowBelow: '100' } })] }));
    const told: unknown[] = [];
    app.get(EventEmitter2).on('sms-pro.balance.low', (event: SmsProEvent<'balance.low'>) => told.push(event.balance));
    await app.get(SmsProBalanceService).getBalance();
    await app.get(SmsProBalanceService).getBalance();
    await eventually(
      () => told,
      (seen) => seen.length > 0,
    );
    expect(told).toEqual(['99.99']);
  });

  it('polling is visible in the registry of @nestjs/schedule, and gone after the shutdown', async () => {
    const booted = await bootApp({ modules: [SmsProModule.forRoot({ ...options(), polling: { enabled: true } })] });
    const registry = booted.app.get(SchedulerRegistry);
    expect(registry.getIntervals()).toContain('sms-pro.default.poll');
    await booted.app.close();
    expect(registry.getIntervals()).not.toContain('sms-pro.default.poll');
  });

  it('waiting that ends too soon says where the message stands', async () => {
    ({ app } = await bootApp({ modules: [SmsProModule.forRoot({ ...options(), dispatch: { enabled: false } })] }));
    const sms = app.get(SmsProService);
    const { messageId } = await sms.send({ to: '996555123456', text: 'Hello' });
    await expect(sms.waitFor(messageId, 'accepted', { timeoutMs: 30 })).rejects.toMatchObject({
      code: 'WAIT_TIMEOUT',
      status: { messageId, counts: { queued: 1 } },
    });
    await expect(sms.waitFor('no-such-message', 'final', { timeoutMs: 30 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(sms.waitFor(messageId, 'final', { timeoutMs: Number.NaN })).rejects.toThrow(/timeoutMs/);
    expect(await sms.status('no-such-message')).toBeNull();
  });

  it('parked events are empty where nothing failed', async () => {
    ({ app } = await bootApp({ modules: [SmsProModule.forRoot(options())] }));
    expect(await app.get(SmsProEvents).failed()).toEqual([]);
  });
});

describe('a start that cannot be', () => {
  const boot = async (...modules: Parameters<typeof bootApp>[0]['modules']) => {
    ({ app } = await bootApp({ modules }));
  };

  it('lists every fault of the options at once, the same in both forms', async () => {
    const wrong = {
      login: '',
      password: 'hunter2-secret',
      sender: 'имя',
      timeoutMs: 30_000,
      dispatch: { leaseMs: 30_000, concurency: 3 },
      reports: { secret: 'short', allowedIps: ['10.0.0.0/33'] },
      retries: 3,
    } as unknown as SmsProModuleOptions;
    const inForm = async (module: DynamicModule) => boot(module).catch((error: unknown) => error);
    const direct = await inForm(SmsProModule.forRoot({ ...wrong }));
    const late = await inForm(SmsProModule.forRootAsync({ useFactory: () => wrong }));
    expect(direct).toBeInstanceOf(SmsProConfigError);
    if (!(direct instanceof SmsProConfigError) || !(late instanceof SmsProConfigError))
      throw new Error('No config error.');
    expect(late.message).toBe(direct.message);
    const paths = direct.issues.map(({ path }) => path).toSorted();
    expect(paths).toEqual([
      'dispatch.concurency',
      'dispatch.leaseMs',
      'login',
      'reports.allowedIps[0]',
      'reports.secret',
      'retries',
      'sender',
    ]);
    expect(direct.message).not.toContain('hunter2');
  });

  it('an extra that the factory returns is an error that says where it belongs', async () => {
    const useFactory = () => ({ ...options(), name: 'bank' });
    await expect(boot(SmsProModule.forRootAsync({ useFactory }))).rejects.toThrow(
      /name shapes the module: put it beside useFactory/,
    );
  });

  it.each([
    ['EventEmitterModule.forRoot()', () => [ScheduleModule.forRoot()]],
    ['ScheduleModule.forRoot()', () => [EventEmitterModule.forRoot()]],
  ])('without %s it says which line to add', async (line, others) => {
    @Module({ imports: [...others(), SmsProModule.forRoot(options())] })
    class Host {}
    await expect(NestFactory.create(Host, { logger: false, abortOnError: false })).rejects.toThrow(`add ${line}`);
  });

  it.each([
    ['name', () => ({}), () => ({}), /are named "default"/],
    [
      'report path',
      () => ({ reportPath: 'reports' }),
      () => ({ name: 'bank', reportPath: '/reports/' }),
      /report path "reports"/,
    ],
  ])('two instances with one %s are refused', async (_what, one, two, message) => {
    await expect(
      boot(
        SmsProModule.forRoot({ ...options('one.sqlite'), ...one() }),
        SmsProModule.forRoot({ ...options('two.sqlite'), ...two() }),
      ),
    ).rejects.toThrow(message);
  });

  it('two instances with one database file are refused', async () => {
    const database = { type: 'better-sqlite3', database: folder.file('one.sqlite') } as const;
    await expect(
      boot(
        SmsProModule.forRoot({ ...options(), database }),
        SmsProModule.forRoot({ ...options(), database, name: 'bank' }),
      ),
    ).rejects.toThrow(/have the database file/);
  });

  it('a database of another kind is refused by name', async () => {
    const database = { type: 'mssql' } as unknown as NonNullable<SmsProModuleOptions['database']>;
    await expect(boot(SmsProModule.forRoot({ ...options(), database }))).rejects.toThrow(/"mssql" is not supported/);
  });

  it('a handler that two classes share by name is refused', async () => {
    const make = () => {
      @Injectable()
      class Listener {
        @OnSmsPro('recipient.sent')
        on(): void {}
      }
      return Listener;
    };
    await expect(bootApp({ modules: [SmsProModule.forRoot(options())], providers: [make(), make()] })).rejects.toThrow(
      /Listener.on names two classes/,
    );
  });
});

describe('a request that cannot be sent', () => {
  it('gets every fault in one error, and stores nothing', async () => {
    ({ app } = await bootApp({ modules: [SmsProModule.forRoot(options())] }));
    const sms = app.get(SmsProService);
    const request = {
      to: ['996555123456', '99655512345', 12],
      text: `${'x'.repeat(801)}`,
      sender: 'too long a sender',
      sendAt: new Date('nonsense'),
      validUntil: new Date(0),
      priority: 'urgent',
      metadata: { big: 'x'.repeat(9_000) },
      txt: 'typo',
    } as unknown as Parameters<SmsProService['send']>[0];
    const error = await sms.send(request).catch((caught: unknown) => caught);
    if (!(error instanceof SmsProInputError)) throw new Error('No input error.');
    expect(error.issues.map(({ path }) => path).toSorted()).toEqual([
      'metadata',
      'priority',
      'sendAt',
      'sender',
      'text',
      'to[1]',
      'to[2]',
      'txt',
      'validUntil',
    ]);
    expect(error.message).not.toContain('99655512345');
    expect(simulator.requests()).toEqual([]);
  });

  it.each([
    ['nothing', undefined],
    ['no phone', { text: 'Hello' }],
    ['an empty list', { to: [], text: 'Hello' }],
    ['an empty text', { to: '996555123456', text: ' ' }],
    ['a control character', { to: '996555123456', text: 'Hello\u0007' }],
    ['half an emoji', { to: '996555123456', text: 'Hello \ud83d' }],
  ])('%s is an input error', async (_what, request) => {
    ({ app } = await bootApp({ modules: [SmsProModule.forRoot(options())] }));
    await expect(app.get(SmsProService).send(request as never)).rejects.toThrow(SmsProInputError);
  });

  it('a key gives the first receipt back, and another request under it is refused', async () => {
    ({ app } = await bootApp({ modules: [SmsProModule.forRoot(options())] }));
    const sms = app.get(SmsProService);
    const request = { to: ['996555123456', '996555123457'], text: 'Code 1', idempotencyKey: 'k1', sensitive: true };
    const first = await sms.send(request);
    await sms.waitFor(first.messageId, 'accepted', { timeoutMs: 10_000 });
    const again = await sms.send({ ...request, to: ['0555 123 457', '0555 123 456'] });
    expect(again).toEqual({ ...first, duplicate: true });
    await expect(sms.send({ ...request, text: 'Code 2' })).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    await expect(sms.send({ ...request, to: '996555123456' })).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    expect(simulator.ledger()).toHaveLength(2);
  });
});
