import type { SmsProEvent, SmsProEventName } from '../message/sms-pro.events.js';

/** A durable subscriber of this process. */
export interface Subscriber {
  /** `Class.method`: the name under which deliveries are kept. */
  readonly id: string;
  readonly eventName: SmsProEventName;
  /** Calls the handler; a throw or rejection means that it did not take the event. */
  readonly call: (event: SmsProEvent) => Promise<void>;
}
