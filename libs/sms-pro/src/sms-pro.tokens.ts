import { Inject, type Type } from '@nestjs/common';
import { SmsProBalanceService } from './account/sms-pro-balance.service.js';
import { SmsProLookupService } from './account/sms-pro-lookup.service.js';
import { SmsProDispatch } from './dispatch/sms-pro-dispatch.service.js';
import { SmsProEvents } from './events/sms-pro-events.service.js';
import { SmsProGateway } from './gateway/sms-pro.gateway.js';
import { DEFAULT_ACCOUNT } from './options/sms-pro.extras.js';
import { SmsProReportIntake } from './reports/sms-pro-report-intake.js';
import { SmsProService } from './sending/sms-pro.service.js';

/** The services a module instance exports. */
export const EXPORTED_SERVICES = [
  SmsProService,
  SmsProBalanceService,
  SmsProLookupService,
  SmsProGateway,
  SmsProDispatch,
  SmsProEvents,
  SmsProReportIntake,
] as const;

/**
 * The injection token of a service of one account: for the unnamed instance the class itself, for a named one a string.
 *
 * @param service a service that the module exports, such as `SmsProService`
 * @param name the `name` of the module instance. @default the unnamed instance
 *
 * @example { provide: 'BANK_SMS', useExisting: getSmsProToken(SmsProService, 'bank') }
 */
export function getSmsProToken<T>(
  service: abstract new (...parameters: never[]) => T,
  name?: string,
): Type<T> | string {
  return name === undefined || name === DEFAULT_ACCOUNT
    ? (service as unknown as Type<T>)
    : `sms-pro:${name}:${service.name}`;
}

/** Injects the `SmsProService` of the module instance with that name; without a name, of the unnamed one. */
export const InjectSmsPro = (name?: string) => Inject(getSmsProToken(SmsProService, name));
/** Injects the `SmsProBalanceService` of the module instance with that name; without a name, of the unnamed one. */
export const InjectSmsProBalance = (name?: string) => Inject(getSmsProToken(SmsProBalanceService, name));
/** Injects the `SmsProLookupService` of the module instance with that name; without a name, of the unnamed one. */
export const InjectSmsProLookup = (name?: string) => Inject(getSmsProToken(SmsProLookupService, name));
/** Injects the `SmsProGateway` of the module instance with that name; without a name, of the unnamed one. */
export const InjectSmsProGateway = (name?: string) => Inject(getSmsProToken(SmsProGateway, name));
/** Injects the `SmsProDispatch` of the module instance with that name; without a name, of the unnamed one. */
export const InjectSmsProDispatch = (name?: string) => Inject(getSmsProToken(SmsProDispatch, name));
/** Injects the `SmsProEvents` of the module instance with that name; without a name, of the unnamed one. */
export const InjectSmsProEvents = (name?: string) => Inject(getSmsProToken(SmsProEvents, name));
/** Injects the `SmsProReportIntake` of the module instance with that name; without a name, of the unnamed one. */
export const InjectSmsProReportIntake = (name?: string) => Inject(getSmsProToken(SmsProReportIntake, name));
