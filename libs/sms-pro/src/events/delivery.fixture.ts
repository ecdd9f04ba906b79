import { EventEmitter2 } from '@nestjs/event-emitter';
import type { SmsProEvent, SmsProEventName } from '../message/sms-pro.events.js';
import { EventDelivery } from './event-delivery.js';
import { TestOutbox } from './outbox.fixture.js';
import type { Subscriber } from './subscriber.js';

export const DELIVERY_RULES = { concurrency: 4, maxAttempts: 3, retryDelayMs: 1_000 };

/** A handler of one event, under a name of its own. */
export function subscriber(id: string, eventName: SmsProEventName, call: (event: SmsProEvent) => unknown): Subscriber {
  return {
    id,
    eventName,
    call: async (event) => {
      await call(event);
    },
  };
}

/** What a handler waits for until the test opens it. */
export class Gate {
  open: () => void = () => {};
  readonly opened = new Promise<void>((resolve) => {
    this.open = resolve;
  });
}

/** The delivery of events from an outbox in memory, with a clock that the test moves. */
export class TestDelivery {
  readonly outbox = new TestOutbox();
  readonly emitter = new EventEmitter2({ wildcard: true });
  readonly said: string[] = [];
  delivery = this.boot();

  start(subscribers: readonly Subscriber[]): void {
    this.delivery.start(subscribers);
  }

  wake(): void {
    this.delivery.wake();
  }

  /** Delivers all that is due, then moves the clock, as often as told. */
  async pass(times = 1, ms = 0): Promise<void> {
    for (let turn = 0; turn < times; turn += 1) {
      this.outbox.clock.advance(ms);
      this.wake();
      await this.delivery.idle();
    }
  }

  /** Stops this process; the next one has no subscriber yet. */
  async restart(): Promise<void> {
    await this.stop();
    this.delivery = this.boot();
  }

  async stop(): Promise<void> {
    await this.delivery.stop(1_000);
  }

  private boot(): EventDelivery {
    const { outbox, emitter } = this;
    const say = (message: string) => void this.said.push(message);
    const logger = { log: say, warn: say, error: say, debug: say };
    return new EventDelivery(
      { ...DELIVERY_RULES, pauseMs: 0 },
      { outbox, deliveries: outbox, emitter, clock: outbox.clock, logger },
    );
  }
}
