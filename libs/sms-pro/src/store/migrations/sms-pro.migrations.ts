import { SmsProInitial1700000000000 } from './1700000000000-initial.js';
import { SmsProCampaigns1700000001000 } from './1700000001000-campaigns.js';
import { SmsProInHand1700000002000 } from './1700000002000-in-hand.js';
import { SmsProRetention1700000003000 } from './1700000003000-retention.js';
import { SmsProQueuePlans1700000004000 } from './1700000004000-queue-plans.js';

/** The module's migrations, oldest first. They only grow: a released one never changes. */
export const SMS_PRO_MIGRATIONS = [
  SmsProInitial1700000000000,
  SmsProCampaigns1700000001000,
  SmsProInHand1700000002000,
  SmsProRetention1700000003000,
  SmsProQueuePlans1700000004000,
];
