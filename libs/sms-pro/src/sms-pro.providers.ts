import {
  Logger,
  type FactoryProvider,
  type InjectionToken,
  type OptionalFactoryDependency,
  type Provider,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { SchedulerRegistry } from '@nestjs/schedule';
import { DataSource } from 'typeorm';
import { SmsProConfigError } from './errors/sms-pro.errors.js';
import { HostApplication } from './host-application.js';
import { resolveOptions } from './options/resolve-options.js';
import { DEFAULT_ACCOUNT, reportPathOf, type SmsProExtras } from './options/sms-pro.extras.js';
import type { ResolvedOptions } from './options/sms-pro.options.js';
import { SMS_PRO_EXTRAS, SMS_PRO_OPTIONS } from './options/tokens.js';
import { claimOnExpress } from './reports/body-claim.js';
import { REPORT_ROUTE } from './reports/report.controller.js';
import { SmsProInstance } from './sms-pro.instance.js';
import { EXPORTED_SERVICES, getSmsProToken } from './sms-pro.tokens.js';

/** The subscription that claims the report route's bodies on Express before any body parser is registered. */
const BODY_CLAIM = Symbol('sms-pro:body-claim');

const MISSING = (line: string, what: string) =>
  new SmsProConfigError(`SmsProModule needs ${what}: add ${line} to the imports of your root module.`);

/** The providers of one module instance, without the services that it exports. */
export function internalProviders(givenOptions: InjectionToken, extras: SmsProExtras): Provider[] {
  return [
    ...(extras.extraProviders ?? []),
    HostApplication,
    { provide: SMS_PRO_EXTRAS, useValue: extras },
    { provide: SMS_PRO_OPTIONS, inject: [givenOptions, SMS_PRO_EXTRAS], useFactory: resolveOptions },
    instanceProvider(extras.dataSource),
    part(REPORT_ROUTE, (instance) => instance.parts.route),
    bodyClaimProvider(reportPathOf(extras)),
  ];
}

const [Service, Balance, Lookup, Gateway, Dispatch, Events, Intake] = EXPORTED_SERVICES;

/** A named instance has named tokens only: by class, `app.get()` would return the instance that was registered last. */
export function serviceProviders(name: string | undefined): FactoryProvider<unknown>[] {
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

function part<T>(provide: FactoryProvider['provide'], pick: (instance: SmsProInstance) => T): FactoryProvider<T> {
  return { provide, inject: [SmsProInstance], useFactory: pick };
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

/** The token under which @nestjs/typeorm provides a DataSource: the class itself for the default one. */
function dataSourceToken(name: string): InjectionToken {
  return name === 'default' ? DataSource : `${name}DataSource`;
}

function bodyClaimProvider(reportPath: string): FactoryProvider<unknown> {
  return {
    provide: BODY_CLAIM,
    inject: [HttpAdapterHost],
    // With Test.createTestingModule the adapter is created after the providers.
    useFactory: (host: HttpAdapterHost) => host.init$.subscribe(() => claimOnExpress(host.httpAdapter, reportPath)),
  };
}
