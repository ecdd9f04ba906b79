import { Inject, Injectable, Module, type DynamicModule } from '@nestjs/common';
import { OnSmsPro, type SmsProEvent } from 'nestjs-sms-pro';
import { AppModule } from '../app.module.js';
import { DemoJournal, type RecipientEvent } from './demo.journal.js';

/** Hears of everything that happens to the demo's messages. */
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

/** The notification service as it is, with one more subscriber that tells of it. */
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
