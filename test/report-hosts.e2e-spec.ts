import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  Injectable,
  type DynamicModule,
  type INestApplication,
  type NestApplicationOptions,
  type Type,
} from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { EventEmitterModule } from '@nestjs/event-emitter';
import { ScheduleModule } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import express from 'express';
import { InjectSmsPro, SmsProModule, SmsProService, type SmsProOptions } from 'nestjs-sms-pro';
import { startSimulator, type Simulator } from 'sms-pro-simulator';
import { bootApp, PLATFORMS, quickOptions, scratchFolder, type Platform } from './support/booted-app.js';
import { HostController, hostile, Public } from './support/hostile-host.js';
import { push } from './support/push.js';
import { ALL_STORED, pushInEveryWay, PUSHES } from './support/every-push.js';
import { reportXml } from './support/report-xml.js';

const PLAIN = 'sms-pro/reports';
const PREFIXED = 'api/sms-pro/reports';

let simulator: Simulator;
let folder: Awaited<ReturnType<typeof scratchFolder>>;
let app: INestApplication | null = null;

beforeAll(async () => {
  simulator = await startSimulator();
});

afterAll(async () => {
  await simulator.stop();
});

beforeEach(async () => {
  folder = await scratchFolder();
});

afterEach(async () => {
  await app?.close();
  app = null;
  await folder.remove();
});

/** Options under which only pushes bring reports. */
const options = (): SmsProOptions => ({
  ...quickOptions(simulator.url, folder.file('sms.sqlite')),
  polling: { enabled: false },
});

const EXTRAS = { reportDecorators: [Public] };

/** All ways to register the module. */
const REGISTRATIONS: Readonly<Record<string, () => DynamicModule>> = {
  forRoot: () => SmsProModule.forRoot({ ...EXTRAS, ...options() }),
  useFactory: () => SmsProModule.forRootAsync({ ...EXTRAS, useFactory: async () => options() }),
  useClass: () => {
    class Options {
      createSmsProOptions = () => options();
    }
    return SmsProModule.forRootAsync({ ...EXTRAS, useClass: Options });
  },
  useExisting: () => {
    class Settings {
      createSmsProOptions = () => options();
    }
    return SmsProModule.forRootAsync({ ...EXTRAS, useExisting: Settings, extraProviders: [Settings] });
  },
};

@Injectable()
class TwoAccounts {
  constructor(
    readonly shop: SmsProService,
    @InjectSmsPro('bank') readonly bank: SmsProService,
  ) {}
}

interface Host {
  readonly path: string;
  readonly configure?: (running: INestApplication) => void | Promise<void>;
}

const HOSTS: Readonly<Record<string, Host>> = {
  'a plain host': { path: PLAIN },
  'a hostile host that reads */* as text': { path: PREFIXED, configure: hostile('text') },
  'a hostile host that reads */* as JSON': { path: PREFIXED, configure: hostile('json') },
};

describe.each(PLATFORMS)('on %s', (platform) => {
  describe.each(Object.entries(HOSTS))('%s', (name, { path, configure }) => {
    it.each(Object.entries(REGISTRATIONS))('stores every push, registered by %s', async (_way, register) => {
      const booted = await bootApp({ platform, modules: [register()], configure });
      app = booted.app;
      const { answers, ...outcome } = await pushInEveryWay(app.get(SmsProService), `${booted.url}/${path}`);
      expect(outcome).toEqual(ALL_STORED);
      const expected = name === 'a plain host' ? 'OK' : JSON.stringify({ data: 'OK' });
      expect(new Set(answers.map(({ text }) => text))).toEqual(new Set([expected]));
    });
  });

  it.each(['text', 'json'] as const)('the hostile host is what it says, reading all as %s', async (catchAll) => {
    const booted = await bootApp({
      platform,
      modules: [REGISTRATIONS['forRoot']?.() as DynamicModule],
      controllers: [HostController],
      configure: hostile(catchAll),
    });
    app = booted.app;
    const host = `${booted.url}/api/v1/host`;
    const asXml = { headers: { 'content-type': 'text/xml', 'accept-encoding': 'gzip' } };
    const echo = await push(`${host}/echo`, catchAll === 'text' ? '<a/>' : '{"a":1}', asXml);
    expect(echo.status).toBe(201);
    expect(echo.headers).toMatchObject({ 'content-encoding': 'gzip', 'x-content-type-options': 'nosniff' });
    const asText = await push(`${host}/echo`, '<a/>', asXml);
    expect(asText.status).toBe(catchAll === 'text' ? 201 : 400);
    expect((await push(`${host}/closed`, '')).status).toBe(403);
    const order = { headers: { 'content-type': 'application/json' } };
    expect((await push(`${host}/orders`, '{"amount":1,"extra":2}', order)).status).toBe(400);
    // The report route is the only one whose bodies are taken from the host.
    const untouched = await push(`${host}/echo`, catchAll === 'text' ? '<a/>' : '{"a":1}', {
      headers: { 'content-type': 'text/xml' },
    });
    expect(JSON.parse(untouched.text)).toMatchObject({ data: { type: catchAll === 'text' ? 'string' : 'object' } });
  });

  const anApp = async (
    host: {
      readonly options?: NestApplicationOptions;
      readonly providers?: readonly Type[];
      readonly configure?: (running: INestApplication) => void | Promise<void>;
    },
    modules: readonly DynamicModule[] = [REGISTRATIONS['forRoot']?.() as DynamicModule],
  ) => {
    const booted = await bootApp({ platform, modules, ...host });
    app = booted.app;
    return booted;
  };

  it.each([
    ['keeps raw bodies', { rawBody: true }],
    ['has no body parser', { bodyParser: false }],
  ] as [string, NestApplicationOptions][])('a host that %s stores every push', async (_what, nestOptions) => {
    const { app: running, url } = await anApp({ options: nestOptions });
    expect(await pushInEveryWay(running.get(SmsProService), `${url}/${PLAIN}`)).toMatchObject(ALL_STORED);
  });

  it('a host under a RouterModule prefix stores every push', async () => {
    const modules = [
      REGISTRATIONS['forRoot']?.() as DynamicModule,
      RouterModule.register([{ path: 'inner', module: SmsProModule }]),
    ];
    const { app: running, url } = await anApp({ configure: hostile('json') }, modules);
    expect(await pushInEveryWay(running.get(SmsProService), `${url}/api/inner/${PLAIN}`)).toMatchObject(ALL_STORED);
  });

  it('a host made by createTestingModule stores every push', async () => {
    const testing = await Test.createTestingModule({
      imports: [
        EventEmitterModule.forRoot(),
        ScheduleModule.forRoot(),
        REGISTRATIONS['useFactory']?.() as DynamicModule,
      ],
    }).compile();
    app = testing.createNestApplication(platform === 'express' ? new ExpressAdapter() : new FastifyAdapter(), {
      logger: false,
    });
    await hostile('json')(app);
    await app.listen(0, '127.0.0.1');
    expect(await pushInEveryWay(app.get(SmsProService), `${await app.getUrl()}/${PREFIXED}`)).toMatchObject(ALL_STORED);
  });

  it('two accounts in one host take their own', async () => {
    const { database } = quickOptions(simulator.url, folder.file('bank.sqlite'));
    const modules = [
      REGISTRATIONS['forRoot']?.() as DynamicModule,
      SmsProModule.forRoot({ ...EXTRAS, ...options(), database, name: 'bank' }),
    ];
    const { app: running, url } = await anApp({ configure: hostile('text'), providers: [TwoAccounts] }, modules);
    const { shop, bank } = running.get(TwoAccounts);
    expect(await pushInEveryWay(shop, `${url}/${PREFIXED}`)).toMatchObject(ALL_STORED);
    expect(await pushInEveryWay(bank, `${url}/api/sms-pro/bank/reports`)).toMatchObject(ALL_STORED);
    // Not the other's.
    expect((await pushInEveryWay(bank, `${url}/${PREFIXED}`)).notStored).toHaveLength(PUSHES.length);
  });

  it('a body that somebody read and threw away is 415, with the sentence that says how to fix it', async () => {
    const { url } = await anApp(readAndThrowAway(platform));
    const answer = await push(`${url}/${PLAIN}`, reportXml('a00000000001', { '996555123400': '3' }));
    expect(answer.status).toBe(415);
    expect(JSON.parse(answer.text)).toMatchObject({
      message: expect.stringMatching(/did not keep it: exclude the report route from its body parser, or set rawBody/),
    });
  });

  it('a body that somebody read and left as a text or as bytes is taken', async () => {
    for (const keep of ['text', 'bytes'] as const) {
      const { app: running, url } = await anApp(readAndThrowAway(platform, keep));
      const { refused, notStored } = await pushInEveryWay(running.get(SmsProService), `${url}/${PLAIN}`);
      // What is packed, or no text of UTF-8, cannot be had back from a text.
      const lost = /gzip|UTF-16|windows/;
      expect(notStored.filter((way) => !lost.test(way))).toEqual([]);
      expect(refused.filter((way) => !lost.test(way))).toEqual([]);
      await running.close();
      app = null;
    }
  });
});

describe('an Express server that the host made by itself, with body parsers of its own', () => {
  it.each([
    ['text', express.text({ type: '*/*' })],
    ['JSON', express.json({ type: '*/*' })],
    ['bytes', express.raw({ type: '*/*' })],
  ])('reading all as %s stores every push', async (_what, parser) => {
    const server = express();
    server.use(parser);
    const booted = await bootApp({
      adapter: new ExpressAdapter(server),
      modules: [REGISTRATIONS['forRoot']?.() as DynamicModule],
    });
    app = booted.app;
    expect(await pushInEveryWay(app.get(SmsProService), `${booted.url}/${PLAIN}`)).toMatchObject(ALL_STORED);
  });
});

describe('a Fastify host', () => {
  it.each([
    ['ignores slashes at the end', { ignoreTrailingSlash: true }],
    ['has its router ignore them', { routerOptions: { ignoreTrailingSlash: true } }],
    ['ignores case and takes small bodies only', { routerOptions: { caseSensitive: false }, bodyLimit: 10 }],
  ])('that %s stores every push', async (_what, fastifyOptions) => {
    const booted = await bootApp({
      adapter: new FastifyAdapter(fastifyOptions),
      modules: [REGISTRATIONS['forRoot']?.() as DynamicModule],
    });
    app = booted.app;
    expect(await pushInEveryWay(app.get(SmsProService), `${booted.url}/${PLAIN}/`)).toMatchObject(ALL_STORED);
  });
});

/** A host that drains every request before any route sees it, and may keep what it read. */
function readAndThrowAway(platform: Platform, keep?: 'text' | 'bytes') {
  const drain = async (request: AsyncIterable<Buffer>) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    if (keep !== undefined) Object.assign(request, { body: keep === 'text' ? bytes.toString('utf8') : bytes });
  };
  return {
    configure: (running: INestApplication) => {
      if (platform === 'express') {
        running.use(async (request: AsyncIterable<Buffer>, _response: unknown, next: () => void) => {
          await drain(request);
          next();
        });
        return;
      }
      const fastify = (running as NestFastifyApplication).getHttpAdapter().getInstance();
      fastify.addHook('onRequest', async (request) => drain(request.raw));
    },
  };
}
