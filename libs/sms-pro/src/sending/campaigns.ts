import { setImmediate } from 'node:timers/promises';
import { SmsProError } from '../errors/sms-pro.errors.js';
import type { CampaignState } from '../message/campaign.js';
import type { Clock } from '../message/clock.js';
import type { StatusCounts } from '../message/recipient-status.js';
import type { CampaignCancelStore } from '../store/campaigns/campaign-cancel.store.js';
import type { CampaignStore } from '../store/campaigns/campaign.store.js';
import type { CanceledCount } from '../store/packets/message-cancel.store.js';

/** Where a campaign stands. */
export interface CampaignStatus {
  readonly campaignId: string;
  readonly state: CampaignState;
  /** Requests that are stored: each is a message of its own. */
  readonly messages: number;
  readonly recipients: number;
  /** SMS in all, as this package counts them. */
  readonly segments: number;
  /** Requests that were left out for their faults. */
  readonly rejected: number;
  /** How many recipients stand at each status. */
  readonly counts: StatusCounts;
  /** Recipients that have not reached their end; for a test, `accepted` is one. */
  readonly open: number;
  /** Nothing more is stored of it, and every recipient has reached its end. */
  readonly completed: boolean;
  readonly createdAt: Date;
  /** When the last of its requests was stored, or `null`. */
  readonly storedAt: Date | null;
  readonly canceledAt: Date | null;
}

/** Looks in a row that find nothing more to cancel. */
const LAST_LOOKS = 2;

/** Looks at campaigns and takes them back. */
export class Campaigns {
  constructor(
    private readonly campaigns: CampaignStore,
    private readonly cancels: CampaignCancelStore,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /** As `SmsProService.campaign()`. */
  async status(campaignId: string): Promise<CampaignStatus | null> {
    const campaign = await this.campaigns.find(campaignId);
    if (campaign === null) return null;
    const { state, messages, recipients, segments, rejected, createdAt, storedAt, canceledAt } = campaign;
    const { counts, open } = await this.campaigns.counts(campaignId, state === 'running' ? null : recipients);
    return {
      campaignId,
      state,
      messages,
      recipients,
      segments,
      rejected,
      counts,
      open,
      completed: state !== 'running' && open === 0,
      createdAt,
      storedAt,
      canceledAt,
    };
  }

  /** As `SmsProService.cancelCampaign()`. */
  async cancel(campaignId: string): Promise<CanceledCount> {
    const before = await this.cancels.countCanceled(campaignId);
    if (!(await this.cancels.close(campaignId, this.clock.now()))) throw campaignNotFound(campaignId);
    // What a look waited for may have been replaced meanwhile, which only the next one sees.
    for (let looks = 0; looks < LAST_LOOKS;) {
      looks = (await this.cancels.cancelSome(campaignId, this.clock.now())) ? looks + 1 : 0;
      await setImmediate();
    }
    const canceled = (await this.cancels.countCanceled(campaignId)) - before;
    return { canceled, tooLate: await this.cancels.countTooLate(campaignId) };
  }
}

function campaignNotFound(campaignId: string): SmsProError {
  return new SmsProError(`There is no campaign "${campaignId.slice(0, 36)}" of this account.`, {
    code: 'NOT_FOUND',
    retryable: false,
  });
}
