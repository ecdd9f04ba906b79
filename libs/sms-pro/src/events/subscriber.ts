import type { SmsProEvent, SmsProEventName } from '../message/sms-pro.events.js';

/** A durable subscriber of this process. */
export interface Subscriber {
  /** `Class.method`: the name under which deliveries are kept. */
  readonly id: string;
  readonly eventName: SmsProEventName;
  /** Calls the handler; if it throws or rejects, the event is delivered again. */
  readonly call: (event: SmsProEvent) => Promise<void>;
}
