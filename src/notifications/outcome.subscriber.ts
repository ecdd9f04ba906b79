import { Injectable, Logger } from '@nestjs/common';
import { maskPhone, OnSmsPro, type SmsProEvent } from 'nestjs-sms-pro';
import { RecentOutcomes } from './recent-outcomes.js';

/**
 * Reacts to the outcome of a notification. Each method is a durable subscriber: it gets every event at least once,
 * including events from while the service was down, and gets an event again if it throws.
 */
@Injectable()
export class OutcomeSubscriber {
  private readonly logger = new Logger(OutcomeSubscriber.name);

  constructor(private readonly outcomes: RecentOutcomes) {}

  @OnSmsPro('recipient.delivered')
  onDelivered(event: SmsProEvent<'recipient.delivered'>): void {
    this.note(event, false);
    this.logger.log(`Notification ${event.messageId}: delivered to ${maskPhone(event.phone)}.`);
  }

  @OnSmsPro('recipient.undelivered')
  onUndelivered(event: SmsProEvent<'recipient.undelivered'>): void {
    this.note(event, true);
    this.logger.log(
      `Notification ${event.messageId}: ${maskPhone(event.phone)} was not reached (${event.reason}): someone should call.`,
    );
  }

  private note(event: SmsProEvent<'recipient.delivered' | 'recipient.undelivered'>, callNeeded: boolean): void {
    const { eventId, messageId, reference = null, phone, status: outcome, occurredAt: at } = event;
    this.outcomes.note(eventId, { messageId, reference, phone, outcome, callNeeded, at });
  }
}
