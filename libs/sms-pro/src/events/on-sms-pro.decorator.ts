import { SetMetadata } from '@nestjs/common';
import type { SmsProEvent, SmsProEventName } from '../message/sms-pro.events.js';

/** Where the decorator leaves what the discovery looks for. */
export const ON_SMS_PRO = 'sms-pro:on';

/** What `@OnSmsPro` takes beside the event's name. */
export interface OnSmsProOptions {
  /** Hear only this named account. @default every account of the application */
  readonly account?: string;
}

/** What the decorator leaves on a method; one method may hear several events. */
export interface OnSmsProMark extends OnSmsProOptions {
  readonly eventName: SmsProEventName;
}

type Handler<N extends SmsProEventName> = (event: SmsProEvent<N>) => unknown;

/**
 * Makes a provider's method a durable subscriber, known by `Class.method`: it is called after commit, at least once
 * per event, in order for a recipient. A call that throws or rejects is repeated with back-off, and after the last
 * try the event is parked for this subscriber. A wrong name or parameter does not compile.
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

/** What `@OnSmsPro` left on a method. */
export function marksOf(method: object): readonly OnSmsProMark[] {
  const marks: unknown = Reflect.getMetadata(ON_SMS_PRO, method);
  return Array.isArray(marks) ? (marks as OnSmsProMark[]) : [];
}
