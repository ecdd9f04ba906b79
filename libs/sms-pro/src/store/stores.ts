import { AccountStore } from './account/account.store.js';
import { CampaignCancelStore } from './campaigns/campaign-cancel.store.js';
import { CampaignChunkStore } from './campaigns/campaign-chunk.store.js';
import { CampaignStore } from './campaigns/campaign.store.js';
import type { SmsProDatabase } from './database/sms-pro.database.js';
import { DeliveryStore } from './events/delivery.store.js';
import { EventStore } from './events/event.store.js';
import { ParkedStore } from './events/parked.store.js';
import { MessageStore } from './messages/message.store.js';
import { ClaimStore } from './packets/claim.store.js';
import { MessageCancelStore } from './packets/message-cancel.store.js';
import { QueueStore } from './packets/queue.store.js';
import { ReplaceStore } from './packets/replace.store.js';
import { SettleStore } from './packets/settle.store.js';
import type { StorePolicy } from './packets/store-policy.js';
import { SweepStore } from './packets/sweep.store.js';
import { PollStore } from './reports/poll.store.js';
import { ReportSourceStore } from './reports/report-source.store.js';
import { ReportStore } from './reports/report.store.js';
import { RetentionStore } from './retention/retention.store.js';

/** Every store of one account. */
export interface Stores {
  readonly messages: MessageStore;
  readonly cancels: MessageCancelStore;
  readonly claims: ClaimStore;
  readonly queue: QueueStore;
  readonly sweeps: SweepStore;
  readonly settles: SettleStore;
  readonly replacements: ReplaceStore;
  readonly reports: ReportStore;
  readonly polls: PollStore;
  readonly reportSources: ReportSourceStore;
  readonly campaigns: CampaignStore;
  readonly campaignCancels: CampaignCancelStore;
  readonly chunks: CampaignChunkStore;
  readonly accounts: AccountStore;
  readonly events: EventStore;
  readonly deliveries: DeliveryStore;
  readonly parked: ParkedStore;
  readonly retention: RetentionStore;
}

/** Makes the stores of one account over its database. */
export function openStores(database: SmsProDatabase, policy: StorePolicy): Stores {
  return {
    messages: new MessageStore(database),
    cancels: new MessageCancelStore(database, policy),
    claims: new ClaimStore(database),
    queue: new QueueStore(database),
    sweeps: new SweepStore(database, policy),
    settles: new SettleStore(database, policy),
    replacements: new ReplaceStore(database, policy),
    reports: new ReportStore(database, policy),
    polls: new PollStore(database, policy),
    reportSources: new ReportSourceStore(database),
    campaigns: new CampaignStore(database),
    campaignCancels: new CampaignCancelStore(database, policy),
    chunks: new CampaignChunkStore(database),
    accounts: new AccountStore(database),
    events: new EventStore(database),
    deliveries: new DeliveryStore(database),
    parked: new ParkedStore(database),
    retention: new RetentionStore(database),
  };
}
