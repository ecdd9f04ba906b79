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
 * The injection token of a service of one account: the class itself for the unnamed instance, a token of its own
 * for a named one.
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

/** Injects the `SmsProService` of an account. */
export const InjectSmsPro = (name?: string) => Inject(getSmsProToken(SmsProService, name));
/** Injects the `SmsProBalanceService` of an account. */
export const InjectSmsProBalance = (name?: string) => Inject(getSmsProToken(SmsProBalanceService, name));
/** Injects the `SmsProLookupService` of an account. */
export const InjectSmsProLookup = (name?: string) => Inject(getSmsProToken(SmsProLookupService, name));
/** Injects the `SmsProGateway` of an account. */
export const InjectSmsProGateway = (name?: string) => Inject(getSmsProToken(SmsProGateway, name));
/** Injects the `SmsProDispatch` of an account. */
export const InjectSmsProDispatch = (name?: string) => Inject(getSmsProToken(SmsProDispatch, name));
/** Injects the `SmsProEvents` of an account. */
export const InjectSmsProEvents = (name?: string) => Inject(getSmsProToken(SmsProEvents, name));
/** Injects the `SmsProReportIntake` of an account. */
export const InjectSmsProReportIntake = (name?: string) => Inject(getSmsProToken(SmsProReportIntake, name));
