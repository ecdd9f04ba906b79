import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module, type DynamicModule, type INestApplication, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ScheduleModule } from '@nestjs/schedule';
import { SmsProModule, type SmsProModuleOptions } from 'nestjs-sms-pro';

/** The HTTP platforms a host may run on. */
export const PLATFORMS = ['express', 'fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

/** Options under which a test does not wait: everything the defaults do in minutes happens in milliseconds. */
export function quickOptions(gatewayUrl: string, file: string): SmsProModuleOptions {
  return {
    login: 'demo',
    password: 'demo',
    sender: 'My-company',
    baseUrl: gatewayUrl,
    timeoutMs: 2_000,
    database: { type: 'better-sqlite3', database: file },
    dispatch: { leaseMs: 12_000, uncertainDelayMs: 50, repeatAfterMs: 200, retryDelayMs: 50, pauseProbeMs: 100 },
    polling: { intervalMs: 100, staleAfterMs: 100 },
    events: { retryDelayMs: 50 },
  };
}

/** What a test boots. */
export interface BootRequest {
  readonly platform?: Platform;
  readonly modules: readonly (DynamicModule | Type)[];
  readonly providers?: readonly Type[];
  readonly configure?: (app: INestApplication) => void;
}

/** A listening application. */
export interface BootedApp {
  readonly app: INestApplication;
  readonly url: string;
}

/** Boots a host application on a free port of loopback. */
export async function bootApp({
  platform = 'express',
  modules,
  providers = [],
  configure,
}: BootRequest): Promise<BootedApp> {
  @Module({
    imports: [EventEmitterModule.forRoot({ wildcard: true }), ScheduleModule.forRoot(), ...modules],
    providers: [...providers],
  })
  class HostModule {}
  const quiet = { logger: false, abortOnError: false } as const;
  const app =
    platform === 'express'
      ? await NestFactory.create(HostModule, quiet)
      : await NestFactory.create<NestFastifyApplication>(HostModule, new FastifyAdapter(), quiet);
  configure?.(app);
  await app.listen(0, '127.0.0.1');
  return { app, url: (await app.getUrl()).replace('[::1]', '127.0.0.1') };
}

/** A folder of the test's own, and the way to take it away. */
export async function scratchFolder(): Promise<{
  readonly path: string;
  file(name: string): string;
  remove(): Promise<void>;
}> {
  const path = await mkdtemp(join(tmpdir(), 'sms-pro-'));
  return {
    path,
    file: (name) => join(path, name),
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

export { SmsProModule };
