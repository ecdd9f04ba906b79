import { Inject, Injectable, Module, type DynamicModule } from '@nestjs/common';
import { OnSmsPro, type SmsProEvent } from 'nestjs-sms-pro';
import { AppModule } from '../app.module.js';
import { DemoJournal, type RecipientEvent } from './demo.journal.js';

/** Passes every event of the demo's messages to the journal. */
@Injectable()
class DemoSubscriber {
  constructor(@Inject(DemoJournal) private readonly journal: DemoJournal) {}

  @OnSmsPro('packet.accepted')
  onAccepted(event: SmsProEvent<'packet.accepted'>): Promise<void> {
    return this.journal.accepted(event);
  }

  @OnSmsPro('recipient.sent')
  @OnSmsPro('recipient.delivered')
  @OnSmsPro('recipient.undelivered')
  @OnSmsPro('recipient.rejected')
  @OnSmsPro('recipient.unknown')
  onRecipient(event: RecipientEvent): Promise<void> {
    return this.journal.recipient(event);
  }

  @OnSmsPro('message.completed')
  onCompleted(event: SmsProEvent<'message.completed'>): void {
    this.journal.completed(event);
  }
}

/** The notification service unchanged, with one more subscriber that prints its events. */
@Module({})
export class DemoModule {
  static forEnvironment(environment: NodeJS.ProcessEnv, journal: DemoJournal): DynamicModule {
    return {
      module: DemoModule,
      imports: [AppModule.forEnvironment(environment)],
      providers: [{ provide: DemoJournal, useValue: journal }, DemoSubscriber],
    };
  }
}
