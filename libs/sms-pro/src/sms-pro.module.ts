import { posix } from 'node:path';
import {
  ConfigurableModuleBuilder,
  Logger,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type FactoryProvider,
  type InjectionToken,
  type OptionalFactoryDependency,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
  type NestModule,
  Inject,
} from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, HttpAdapterHost, MetadataScanner, ModulesContainer } from '@nestjs/core';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { SchedulerRegistry } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { SmsProConfigError } from './errors/sms-pro.errors.js';
import { SubscriberDiscovery } from './events/subscriber-discovery.js';
import { resolveOptions } from './options/resolve-options.js';
import { DEFAULT_ACCOUNT, DEFAULT_EXTRAS, reportPathOf, type SmsProExtras } from './options/sms-pro.extras.js';
import type { ResolvedOptions, SmsProOptions } from './options/sms-pro.options.js';
import { SMS_PRO_EXTRAS, SMS_PRO_OPTIONS } from './options/tokens.js';
import { claimOnExpress, claimOnFastify } from './reports/body-claim.js';
import { proxySetupOf } from './reports/proxy-setup.js';
import { makeReportController, REPORT_ROUTE } from './reports/report.controller.js';
import { SmsProInstance } from './sms-pro.instance.js';
import { EXPORTED_SERVICES, getSmsProToken } from './sms-pro.tokens.js';

/** Holds the Express claim: made before any body parser is registered. */
const BODY_CLAIM = Symbol('sms-pro:body-claim');

const MISSING = (line: string, what: string) =>
  new SmsProConfigError(`SmsProModule needs ${what}: add ${line} to the imports of your root module.`);

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<SmsProOptions>({ moduleName: 'SmsPro' })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createSmsProOptions')
    .setExtras<SmsProExtras>({ ...DEFAULT_EXTRAS, reportDecorators: [], extraProviders: [] }, withParts)
    .build();

function withParts(definition: DynamicModule, extras: SmsProExtras): DynamicModule {
  const { name, extraProviders = [], reportDecorators = [], isGlobal = true } = extras;
  const reportPath = reportPathOf(extras);
  const services = serviceProviders(name);
  return {
    ...definition,
    global: isGlobal,
    imports: [...(definition.imports ?? []), DiscoveryModule],
    controllers: [makeReportController(reportPath, reportDecorators)],
    providers: [
      ...(definition.providers ?? []),
      ...extraProviders,
      { provide: SMS_PRO_EXTRAS, useValue: extras },
      OPTIONS_PROVIDER,
      instanceProvider(extras.dataSource),
      ...services,
      part(REPORT_ROUTE, (instance) => instance.parts.route),
      {
        provide: BODY_CLAIM,
        inject: [HttpAdapterHost],
        // Under createTestingModule the adapter comes after the providers.
        useFactory: (host: HttpAdapterHost) => host.init$.subscribe(() => claimOnExpress(host.httpAdapter, reportPath)),
      },
    ],
    exports: services.map(({ provide }) => provide),
  };
}

const OPTIONS_PROVIDER: FactoryProvider<ResolvedOptions> = {
  provide: SMS_PRO_OPTIONS,
  inject: [MODULE_OPTIONS_TOKEN, SMS_PRO_EXTRAS],
  useFactory: resolveOptions,
};

/** The token of @nestjs/typeorm for a DataSource: the class itself for the default one. */
function dataSourceToken(name: string): InjectionToken {
  return name === 'default' ? DataSource : `${name}DataSource`;
}

function instanceProvider(dataSourceName: string | undefined): FactoryProvider<Promise<SmsProInstance>> {
  const own: (InjectionToken | OptionalFactoryDependency)[] = [
    SMS_PRO_OPTIONS,
    { token: EventEmitter2, optional: true },
    { token: SchedulerRegistry, optional: true },
  ];
  return {
    provide: SmsProInstance,
    inject: dataSourceName === undefined ? own : [...own, { token: dataSourceToken(dataSourceName), optional: true }],
    useFactory: (
      options: ResolvedOptions,
      emitter?: EventEmitter2,
      registry?: SchedulerRegistry,
      dataSource?: DataSource,
    ) => {
      if (emitter === undefined) throw MISSING('EventEmitterModule.forRoot()', '@nestjs/event-emitter');
      if (registry === undefined) throw MISSING('ScheduleModule.forRoot()', '@nestjs/schedule');
      const context = options.account === DEFAULT_ACCOUNT ? 'SmsPro' : `SmsPro:${options.account}`;
      if (dataSourceName !== undefined && dataSource === undefined) {
        throw new SmsProConfigError(
          `There is no DataSource "${dataSourceName}": add TypeOrmModule.forRoot({ ... }) with that name, or leave "dataSource" out.`,
          { path: 'dataSource' },
        );
      }
      return SmsProInstance.open(options, { emitter, registry, dataSource, logger: new Logger(context) });
    },
  };
}

function part<T>(provide: FactoryProvider['provide'], pick: (instance: SmsProInstance) => T): FactoryProvider<T> {
  return { provide, inject: [SmsProInstance], useFactory: pick };
}

const [Service, Balance, Lookup, Gateway, Dispatch, Events, Intake] = EXPORTED_SERVICES;

/** A named instance has named tokens alone: by the class, `app.get()` would find whichever instance came last. */
function serviceProviders(name: string | undefined): FactoryProvider<unknown>[] {
  return [
    part(getSmsProToken(Service, name), (instance) => instance.parts.service),
    part(getSmsProToken(Balance, name), (instance) => instance.parts.balance),
    part(getSmsProToken(Lookup, name), (instance) => instance.parts.lookup),
    part(getSmsProToken(Gateway, name), (instance) => instance.parts.gateway),
    part(getSmsProToken(Dispatch, name), (instance) => instance.parts.dispatch),
    part(getSmsProToken(Events, name), (instance) => instance.parts.events),
    part(getSmsProToken(Intake, name), (instance) => instance.parts.intake),
  ];
}

/** What `SmsProModule.forRoot` takes. */
export type SmsProModuleOptions = typeof OPTIONS_TYPE;
/** What `SmsProModule.forRootAsync` takes. */
export type SmsProModuleAsyncOptions = typeof ASYNC_OPTIONS_TYPE;

/**
 * SMS through the SMS PRO gateway. One module instance serves one account.
 *
 * @example
 * imports: [
 *   EventEmitterModule.forRoot(),
 *   ScheduleModule.forRoot(),
 *   SmsProModule.forRoot({ login: 'my-login', password: 'my-password', sender: 'My-company' }),
 * ]
 */
@Module({})
export class SmsProModule
  extends ConfigurableModuleClass
  implements NestModule, OnModuleInit, OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  constructor(
    private readonly instance: SmsProInstance,
    @Inject(SMS_PRO_EXTRAS) private readonly extras: SmsProExtras,
    private readonly modules: ModulesContainer,
    private readonly adapterHost: HttpAdapterHost,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {
    super();
  }

  /** One account: the options are known when the module is written down. */
  static override forRoot(options: SmsProModuleOptions): DynamicModule {
    return super.forRoot(options);
  }

  /** One account: the options come from `useFactory`, `useClass` or `useExisting`. */
  static override forRootAsync(options: SmsProModuleAsyncOptions): DynamicModule {
    return super.forRootAsync(options);
  }

  /** Runs before any route is registered. */
  configure(): void {
    claimOnFastify(this.adapterHost.httpAdapter);
  }

  async onModuleInit(): Promise<void> {
    try {
      this.refuseTwins();
    } catch (error) {
      await this.instance.close();
      throw error;
    }
  }

  async onApplicationBootstrap(): Promise<void> {
    const subscribers = new SubscriberDiscovery(this.discovery, this.scanner, this.instance.options.account).find();
    await this.instance.start(subscribers);
    this.instance.explainRoute(proxySetupOf(this.adapterHost.httpAdapter));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.instance.drain();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.instance.close();
  }

  /** Two instances with one name would share rows and tokens; with one path, one would hear the other's reports. */
  private refuseTwins(): void {
    const own = this.instance.options.account;
    const path = reportPathOf(this.extras);
    for (const module of this.modules.values()) {
      const twin: unknown = module.metatype === SmsProModule ? module.instance : null;
      if (!(twin instanceof SmsProModule) || twin === this) continue;
      if (twin.instance.options.account === own) {
        throw new SmsProConfigError(`Two SmsProModule instances are named "${own}": give each its own "name".`);
      }
      const theirs = reportPathOf(twin.extras);
      if (theirs.toLowerCase() === path.toLowerCase()) {
        throw new SmsProConfigError(
          `Two SmsProModule instances have the report path "${path}": give each its own "reportPath".`,
        );
      }
      if (posix.dirname(theirs).toLowerCase() === path.toLowerCase()) {
        throw new SmsProConfigError(
          `The report path "${theirs}" of one SmsProModule instance reads as that of another, "${path}", with a secret behind it: give it another "reportPath".`,
        );
      }
    }
  }
}
