import { appendFileSync } from 'node:fs';
import { setImmediate as breathe } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { OnSmsPro, type SmsProEvent } from 'nestjs-sms-pro';

/** One event as one subscriber saw it. */
export interface HeardEvent {
  readonly subscriber: string;
  readonly eventId: string;
  readonly name: string;
  readonly messageId: string;
  readonly phone: string | null;
}

const file = process.env['HOST_APP_HEARD_FILE'] ?? '';

/** Event ids that end so are refused after they were seen first: a handler may fail, and is then called again. */
const FAILS_FIRST = '0';

/** Written before the handler returns, and by the system call itself: a kill forgets nothing that was seen. */
function hear(subscriber: string, event: SmsProEvent): void {
  const heard: HeardEvent = {
    subscriber,
    eventId: event.eventId,
    name: event.name,
    messageId: 'messageId' in event ? event.messageId : '',
    phone: 'phone' in event && event.phone !== undefined ? event.phone : null,
  };
  appendFileSync(file, `${JSON.stringify(heard)}\n`);
}

/** Sees each event at once; some of them twice, since it fails on them. */
@Injectable()
export class HastyRecorder {
  private readonly refused = new Set<string>();

  @OnSmsPro('packet.accepted')
  @OnSmsPro('recipient.sent')
  @OnSmsPro('recipient.delivered')
  @OnSmsPro('recipient.undelivered')
  @OnSmsPro('message.completed')
  see(event: SmsProEvent): void {
    hear('HastyRecorder.see', event);
    if (!event.eventId.endsWith(FAILS_FIRST) || this.refused.has(event.eventId)) return;
    this.refused.add(event.eventId);
    throw new Error('The handler fails on purpose.');
  }
}

/** Takes its time, and when it is told to all the time there is: a kill then finds it in the middle of a call. */
@Injectable()
export class SlowRecorder {
  private callsLeft = Number.POSITIVE_INFINITY;

  /** The call with this number, counted from now on, does not return, and no later one does. */
  holdUpAt(call: number): void {
    this.callsLeft = call - 1;
  }

  /** Whether a call has seen its event and does not return. */
  get isHeldUp(): boolean {
    return this.callsLeft < 0;
  }

  @OnSmsPro('packet.accepted')
  @OnSmsPro('recipient.sent')
  @OnSmsPro('recipient.delivered')
  @OnSmsPro('recipient.undelivered')
  @OnSmsPro('message.completed')
  async see(event: SmsProEvent): Promise<void> {
    await breathe();
    hear('SlowRecorder.see', event);
    this.callsLeft -= 1;
    if (this.isHeldUp) await new Promise<never>(() => {});
    await breathe();
  }
}
