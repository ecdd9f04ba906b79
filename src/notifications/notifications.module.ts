import { Module } from '@nestjs/common';
import { NotificationsController } from './notifications.controller.js';
import { NotificationsService } from './notifications.service.js';
import { RecentOutcomes } from './recent-outcomes.js';
import { OutcomeSubscriber } from './outcome.subscriber.js';
import { OutcomesController } from './outcomes.controller.js';

@Module({
  controllers: [NotificationsController, OutcomesController],
  providers: [NotificationsService, RecentOutcomes, OutcomeSubscriber],
})
export class NotificationsModule {}
