import { Module, type DynamicModule, type INestApplicationContext, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ScheduleModule } from '@nestjs/schedule';
import { SmsProModule, type SmsProModuleOptions } from 'nestjs-sms-pro';
import type { BenchContext } from '../bench-context.js';

const NO_GATEWAY = 'http://127.0.0.1:9';

/** The root module of an application that sends SMS. */
export function hostModule(parts: readonly DynamicModule[], controllers: readonly Type[] = []): Type {
  @Module({
    imports: [EventEmitterModule.forRoot(), ScheduleModule.forRoot(), ...parts],
    controllers: [...controllers],
  })
  class Host {}
  return Host;
}

/** The options of every application in the benchmarks. Polling is off unless a benchmark turns it on. */
export function moduleOptions(options: Partial<SmsProModuleOptions>): SmsProModuleOptions {
  return {
    login: 'demo',
    password: 'demo',
    sender: 'My-company',
    baseUrl: NO_GATEWAY,
    polling: { enabled: false },
    ...options,
  };
}

/** Boots an application with the module, on its own database. It is closed when the benchmark ends. */
export async function bootHost(
  context: BenchContext,
  options: Partial<SmsProModuleOptions>,
): Promise<INestApplicationContext> {
  const database = options.database ?? (await context.createDatabase()).options;
  const own = SmsProModule.forRoot(moduleOptions({ ...options, database }));
  const app = await NestFactory.createApplicationContext(hostModule([own]), { logger: false, abortOnError: false });
  context.atEnd(() => app.close());
  return app;
}

/** The same with HTTP; also returns its URL on loopback. */
export async function bootHttpHost(
  context: BenchContext,
  options: Partial<SmsProModuleOptions>,
  controllers: readonly Type[] = [],
): Promise<{ readonly app: INestApplicationContext; readonly url: string }> {
  const database = options.database ?? (await context.createDatabase()).options;
  const own = SmsProModule.forRoot(moduleOptions({ ...options, database }));
  const app = await NestFactory.create(hostModule([own], controllers), { logger: false, abortOnError: false });
  context.atEnd(() => app.close());
  await app.listen(0, '127.0.0.1');
  return { app, url: (await app.getUrl()).replace('[::1]', '127.0.0.1') };
}
