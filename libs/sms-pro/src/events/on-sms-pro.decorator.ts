import { SetMetadata } from '@nestjs/common';
import type { SmsProEvent, SmsProEventName } from '../message/sms-pro.events.js';

/** The key under which the decorator stores its metadata. */
const ON_SMS_PRO = 'sms-pro:on';

/** Options of `@OnSmsPro`. */
export interface OnSmsProOptions {
  /** The `name` of the account whose events the method gets. @default every account of the application */
  readonly account?: string;
}

/** What the decorator stores on a method. One method may subscribe to several events. */
export interface OnSmsProMark extends OnSmsProOptions {
  readonly eventName: SmsProEventName;
}

type Handler<N extends SmsProEventName> = (event: SmsProEvent<N>) => unknown;

/**
 * Makes a method of a provider or controller a durable subscriber. It is called after commit, at least once per event,
 * and gets the events of one recipient in order. A call that throws or rejects is repeated with growing delays; after
 * `events.maxAttempts` calls the event is parked for this subscriber (see `SmsProEvents`). Deliveries are kept under
 * `Class.method`: a method that is renamed is a new subscriber. A wrong event name or parameter does not compile.
 *
 * @example
 * @OnSmsPro('recipient.delivered')
 * async onDelivered(event: SmsProEvent<'recipient.delivered'>) { ... }
 */
export function OnSmsPro<const N extends SmsProEventName>(eventName: N, options: OnSmsProOptions = {}) {
  return <T extends Handler<N>>(
    target: object,
    property: string | symbol,
    descriptor: TypedPropertyDescriptor<T>,
  ): void => {
    const method: unknown = descriptor.value;
    const earlier = typeof method === 'function' ? marksOf(method) : [];
    SetMetadata(ON_SMS_PRO, [...earlier, { eventName, ...options }])(target, property, descriptor);
  };
}

/** What `@OnSmsPro` stored on a method. */
export function marksOf(method: object): readonly OnSmsProMark[] {
  const marks: unknown = Reflect.getMetadata(ON_SMS_PRO, method);
  return Array.isArray(marks) ? (marks as OnSmsProMark[]) : [];
}
