import { setImmediate } from 'node:timers/promises';
import type { CampaignState } from '../message/campaign.js';
import type { Clock } from '../message/clock.js';
import type { StatusCounts } from '../message/recipient-status.js';
import type { CampaignCancelStore } from '../store/campaigns/campaign-cancel.store.js';
import type { CampaignStore } from '../store/campaigns/campaign.store.js';
import type { CanceledCount } from '../store/packets/message-cancel.store.js';
import { notFound } from './not-found.error.js';

/** The state of a campaign. */
export interface CampaignStatus {
  readonly campaignId: string;
  readonly state: CampaignState;
  /** Requests that are stored. Each is one message. */
  readonly messages: number;
  readonly recipients: number;
  /** SMS in total, as this package counts them: the sum of segments × phones over all messages. */
  readonly segments: number;
  /** Requests that were not stored because of faults. */
  readonly rejected: number;
  /** How many recipients have each status. */
  readonly counts: StatusCounts;
  /** Recipients without a final status. In a test, `accepted` counts as final. */
  readonly open: number;
  /** Whether storing is over and every recipient has a final status. */
  readonly completed: boolean;
  readonly createdAt: Date;
  /** When the last of its requests was stored, or `null`. */
  readonly storedAt: Date | null;
  /** When it was canceled, or `null`. */
  readonly canceledAt: Date | null;
}

/** A cancel is over after so many looks in a row that found nothing to cancel. */
const LAST_LOOKS = 2;

/** Reads the state of campaigns, and cancels them. */
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
    if (!(await this.cancels.close(campaignId, this.clock.now()))) throw notFound('campaign', campaignId);
    // A packet whose lock a look waited for may have been replaced meanwhile: only the next look sees the new one.
    for (let looks = 0; looks < LAST_LOOKS;) {
      looks = (await this.cancels.cancelSome(campaignId, this.clock.now())) ? looks + 1 : 0;
      await setImmediate();
    }
    const canceled = (await this.cancels.countCanceled(campaignId)) - before;
    return { canceled, tooLate: await this.cancels.countTooLate(campaignId) };
  }
}
