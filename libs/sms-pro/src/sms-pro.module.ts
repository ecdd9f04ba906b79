import { posix } from 'node:path';
import {
  ConfigurableModuleBuilder,
  Inject,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type NestModule,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { DiscoveryModule } from '@nestjs/core';
import { SmsProConfigError } from './errors/sms-pro.errors.js';
import { HostApplication } from './host-application.js';
import { DEFAULT_EXTRAS, reportPathOf, type SmsProExtras } from './options/sms-pro.extras.js';
import type { SmsProOptions } from './options/sms-pro.options.js';
import { SMS_PRO_EXTRAS } from './options/tokens.js';
import { claimOnFastify } from './reports/body-claim.js';
import { proxySetupOf } from './reports/proxy-setup.js';
import { makeReportController } from './reports/report.controller.js';
import { SmsProInstance } from './sms-pro.instance.js';
import { internalProviders, serviceProviders } from './sms-pro.providers.js';

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN, OPTIONS_TYPE, ASYNC_OPTIONS_TYPE } =
  new ConfigurableModuleBuilder<SmsProOptions>({ moduleName: 'SmsPro' })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createSmsProOptions')
    .setExtras<SmsProExtras>({ ...DEFAULT_EXTRAS, reportDecorators: [], extraProviders: [] }, withExtras)
    .build();

function withExtras(definition: DynamicModule, extras: SmsProExtras): DynamicModule {
  const services = serviceProviders(extras.name);
  return {
    ...definition,
    global: extras.isGlobal ?? true,
    imports: [...(definition.imports ?? []), DiscoveryModule],
    controllers: [makeReportController(reportPathOf(extras), extras.reportDecorators ?? [])],
    providers: [...(definition.providers ?? []), ...internalProviders(MODULE_OPTIONS_TOKEN, extras), ...services],
    exports: services.map(({ provide }) => provide),
  };
}

/** The argument of `SmsProModule.forRoot`: the options, with the extras beside them. */
export type SmsProModuleOptions = typeof OPTIONS_TYPE;
/** The argument of `SmsProModule.forRootAsync`: where the options come from, with the extras beside it. */
export type SmsProModuleAsyncOptions = typeof ASYNC_OPTIONS_TYPE;

/**
 * SMS through the SMS PRO gateway. One module instance serves one account; import it once per account, each time with
 * another `name`.
 *
 * At start it throws `SmsProConfigError` for wrong options, a missing module of Nest, a database that cannot be used,
 * and two instances with one name or one report path.
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
    private readonly host: HostApplication,
  ) {
    super();
  }

  /** One account, with options that are known when the module is declared. */
  static override forRoot(options: SmsProModuleOptions): DynamicModule {
    return super.forRoot(options);
  }

  /** One account, with options from `useFactory`, `useClass` or `useExisting`. */
  static override forRootAsync(options: SmsProModuleAsyncOptions): DynamicModule {
    return super.forRootAsync(options);
  }

  /** Nest calls it before any route is registered. */
  configure(): void {
    claimOnFastify(this.host.httpAdapter);
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
    await this.instance.start(this.host.subscribersOf(this.instance.options.account));
    this.instance.explainRoute(proxySetupOf(this.host.httpAdapter));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.instance.drain();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.instance.close();
  }

  /** Two instances with one name would share rows and tokens; with one path, one would receive the other's reports. */
  private refuseTwins(): void {
    const own = this.instance.options.account;
    const path = reportPathOf(this.extras);
    for (const twin of this.host.instancesOf(SmsProModule)) {
      if (twin === this) continue;
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
          `The report path "${theirs}" of one SmsProModule instance looks like the path "${path}" of another one followed by a secret: give it another "reportPath".`,
        );
      }
    }
  }
}
