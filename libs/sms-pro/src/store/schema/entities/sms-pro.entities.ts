import { SmsProMessageEntity } from './message.entity.js';
import { SmsProPacketEntity } from './packet.entity.js';
import { SmsProRecipientEntity } from './recipient.entity.js';
import { SmsProAttemptEntity } from './attempt.entity.js';
import { SmsProReportEntity } from './report.entity.js';
import { SmsProEventEntity } from './event.entity.js';
import { SmsProDeliveryEntity } from './delivery.entity.js';
import { SmsProSubscriberEntity } from './subscriber.entity.js';
import { SmsProPauseEntity } from './pause.entity.js';
import { SmsProAccountEntity } from './account.entity.js';
import { SmsProCampaignEntity } from './campaign.entity.js';
import { SmsProIdempotencyEntity } from './idempotency.entity.js';

/** Every entity of the module, for an application that reads its tables. */
export const SMS_PRO_ENTITIES = [
  SmsProMessageEntity,
  SmsProPacketEntity,
  SmsProRecipientEntity,
  SmsProAttemptEntity,
  SmsProReportEntity,
  SmsProEventEntity,
  SmsProDeliveryEntity,
  SmsProSubscriberEntity,
  SmsProPauseEntity,
  SmsProAccountEntity,
  SmsProCampaignEntity,
  SmsProIdempotencyEntity,
];
