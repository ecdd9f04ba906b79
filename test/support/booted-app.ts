import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  Module,
  type DynamicModule,
  type INestApplication,
  type NestApplicationOptions,
  type Type,
} from '@nestjs/common';
import { NestFactory, type AbstractHttpAdapter } from '@nestjs/core';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ScheduleModule } from '@nestjs/schedule';
import type { SmsProModuleOptions } from 'nestjs-sms-pro';
import type { DataSourceOptions } from 'typeorm';
import { testDatabases } from './test-databases.js';

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
    // A slow machine must not make a request time out.
    timeoutMs: 10_000,
    database: databaseFor(file),
    dispatch: { leaseMs: 21_000, uncertainDelayMs: 50, repeatAfterMs: 200, retryDelayMs: 50, pauseProbeMs: 100 },
    polling: { intervalMs: 100, staleAfterMs: 100 },
    events: { retryDelayMs: 50 },
  };
}

/** What a test boots. */
export interface BootRequest {
  readonly platform?: Platform;
  readonly modules: readonly (DynamicModule | Type)[];
  readonly providers?: readonly Type[];
  readonly controllers?: readonly Type[];
  /** The host's own adapter, such as one that trusts a proxy; default: the plain one of `platform`. */
  readonly adapter?: AbstractHttpAdapter | undefined;
  readonly options?: NestApplicationOptions;
  /** Address to listen on. @default '127.0.0.1' */
  readonly listenOn?: string | undefined;
  readonly configure?: ((app: INestApplication) => void | Promise<void>) | undefined;
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
  controllers = [],
  adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter(),
  options = {},
  listenOn = '127.0.0.1',
  configure,
}: BootRequest): Promise<BootedApp> {
  @Module({
    imports: [EventEmitterModule.forRoot({ wildcard: true }), ScheduleModule.forRoot(), ...modules],
    providers: [...providers],
    controllers: [...controllers],
  })
  class HostModule {}
  const app = await NestFactory.create(HostModule, adapter, { logger: false, abortOnError: false, ...options });
  try {
    await configure?.(app);
    await app.listen(0, listenOn);
  } catch (error) {
    await app.close();
    throw error;
  }
  return { app, url: (await app.getUrl()).replace('[::1]', '127.0.0.1') };
}

/** Which database the end-to-end tests run on: `sqlite` (default), `postgres` or `mariadb`. */
const DATABASE = process.env['SMS_PRO_TEST_DATABASE'] ?? 'sqlite';

/** The database of each scratch folder, where the tests run on a server. */
const FOLDER_DATABASES = new Map<string, DataSourceOptions>();

/** The database for a file of a scratch folder: the file itself, or the server's database of that folder. */
function databaseFor(file: string): DataSourceOptions {
  return FOLDER_DATABASES.get(dirname(file)) ?? { type: 'better-sqlite3', database: file };
}

/** A folder of the test's own, with a database of its own where the tests run on a server, and the way to take it away. */
export async function scratchFolder(): Promise<{
  readonly path: string;
  file(name: string): string;
  remove(): Promise<void>;
}> {
  const path = await mkdtemp(join(tmpdir(), 'sms-pro-'));
  let drop: (() => Promise<void>) | undefined;
  if (DATABASE !== 'sqlite') {
    const kind = (await testDatabases()).find(({ name }) => name === DATABASE);
    if (kind === undefined) throw new Error(`SMS_PRO_TEST_DATABASE is "${DATABASE}", and there is none.`);
    const scratch = await kind.create();
    FOLDER_DATABASES.set(path, scratch.options);
    drop = scratch.drop;
  }
  return {
    path,
    file: (name) => join(path, name),
    remove: async () => {
      FOLDER_DATABASES.delete(path);
      await drop?.();
      await rm(path, { recursive: true, force: true });
    },
  };
}
