import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Injectable, Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ScheduleModule } from '@nestjs/schedule';
import { OnSmsPro, SmsProConfigError, SmsProModule, type SmsProModuleOptions } from 'nestjs-sms-pro';
import { TestHost } from './module.fixture.js';
import type { BootRequest } from './support/booted-app.js';

let host: TestHost;

beforeEach(async () => {
  host = await TestHost.open();
});

afterEach(async () => {
  await host.close();
});

describe('a start that cannot be', () => {
  const boot = async (...modules: BootRequest['modules']) => {
    await host.boot({ modules });
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
    if (!(direct instanceof SmsProConfigError) || !(late instanceof SmsProConfigError)) {
      throw new Error('No config error.');
    }
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
    const useFactory = () => ({ ...host.options(), name: 'bank' });
    await expect(boot(SmsProModule.forRootAsync({ useFactory }))).rejects.toThrow(/name belongs beside useFactory/);
  });

  it.each([
    ['EventEmitterModule.forRoot()', () => [ScheduleModule.forRoot()]],
    ['ScheduleModule.forRoot()', () => [EventEmitterModule.forRoot()]],
  ])('without %s it says which line to add', async (line, others) => {
    @Module({ imports: [...others(), SmsProModule.forRoot(host.options())] })
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
        SmsProModule.forRoot({ ...host.options('one.sqlite'), ...one() }),
        SmsProModule.forRoot({ ...host.options('two.sqlite'), ...two() }),
      ),
    ).rejects.toThrow(message);
  });

  it('two instances with one database file are refused', async () => {
    const database = { type: 'better-sqlite3', database: host.folder.file('one.sqlite') } as const;
    await expect(
      boot(
        SmsProModule.forRoot({ ...host.options(), database }),
        SmsProModule.forRoot({ ...host.options(), database, name: 'bank' }),
      ),
    ).rejects.toThrow(/have the database file/);
  });

  it('a database of another kind is refused by name', async () => {
    const database = { type: 'mssql' } as unknown as NonNullable<SmsProModuleOptions['database']>;
    await expect(boot(SmsProModule.forRoot({ ...host.options(), database }))).rejects.toThrow(
      /"mssql" is not supported/,
    );
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
    await expect(
      host.boot({ modules: [SmsProModule.forRoot(host.options())], providers: [make(), make()] }),
    ).rejects.toThrow(/Listener.on names two classes/);
  });
});
