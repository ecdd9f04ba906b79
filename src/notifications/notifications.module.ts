import { Module } from '@nestjs/common';
import { NotificationsController } from './notifications.controller.js';
import { NotificationsService } from './notifications.service.js';
import { OutcomeBook } from './outcome-book.js';
import { OutcomeSubscriber } from './outcome.subscriber.js';
import { OutcomesController } from './outcomes.controller.js';

@Module({
  controllers: [NotificationsController, OutcomesController],
  providers: [NotificationsService, OutcomeBook, OutcomeSubscriber],
})
export class NotificationsModule {}
