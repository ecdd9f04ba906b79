import { SmsProError } from '../errors/sms-pro.errors.js';
import { newMessageId } from '../message/message-id.js';
import type { CampaignStore } from '../store/campaigns/campaign.store.js';
import { checkBulk, type BulkOptions, type BulkSource } from './bulk-options.js';
import type { BulkReceipt } from './bulk-receipt.js';
import { BulkRun, type BulkTools } from './bulk-run.js';
import type { ChunkLimits } from './chunk-draft.js';
import { SourceReader } from './source-reader.js';

/** Items of a chunk, at most, for each recipient it may have: rejected items have no recipients. */
const ITEMS_PER_RECIPIENT = 2;

/** Characters of texts and metadata in a chunk, at most: far below the limit of a statement, and two fit in memory. */
const MAX_CHARACTERS = 2_000_000;

/** How long, in ms, a request that was read waits, at most, for a slow source before it is stored. */
const MAX_WAIT_MS = 1_000;

/** The tools of a run. Limits that are not given are those of the database. */
export type BulkParts = Omit<BulkTools, 'limits' | 'maxWaitMs'> & Partial<BulkTools>;

/** Runs `sendBulk()`, any number of runs at a time, and ends them all when the application shuts down. */
export class BulkSender {
  private readonly tools: BulkTools;
  private readonly runs = new Map<AbortController, Promise<unknown>>();
  private isStopped = false;

  constructor(
    private readonly campaigns: CampaignStore,
    { defaults, ...parts }: BulkParts,
  ) {
    this.tools = {
      limits: limitsOf(parts.chunks.maxRecipients),
      maxWaitMs: MAX_WAIT_MS,
      ...parts,
      // One-time codes and order notices must not wait for a campaign.
      defaults: { ...defaults, priority: 'low' },
    };
  }

  /** As `SmsProService.sendBulk()`. */
  async send(requests: BulkSource, options: BulkOptions): Promise<BulkReceipt> {
    checkBulk(requests, options);
    options.signal?.throwIfAborted();
    if (this.isStopped) {
      throw new SmsProError('The application is shutting down: nothing was stored.', {
        code: 'SHUTTING_DOWN',
        retryable: true,
      });
    }
    const controller = new AbortController();
    const abort = () => controller.abort();
    options.signal?.addEventListener('abort', abort, { once: true });
    const run = this.run(requests, options, controller.signal);
    this.runs.set(controller, run);
    try {
      return await run;
    } finally {
      this.runs.delete(controller);
      options.signal?.removeEventListener('abort', abort);
    }
  }

  /** Refuses new runs, and ends every running one after the chunk that it is storing. */
  async stop(): Promise<void> {
    this.isStopped = true;
    for (const controller of this.runs.keys()) controller.abort();
    await Promise.allSettled(this.runs.values());
  }

  private async run(requests: BulkSource, options: BulkOptions, signal: AbortSignal): Promise<BulkReceipt> {
    const { idempotencyKey = null } = options;
    const campaign = await this.campaigns.begin(newMessageId(), idempotencyKey, this.tools.clock.now());
    const reader = new SourceReader<unknown>(requests, signal);
    try {
      const isShuttingDown = () => this.isStopped;
      return await new BulkRun(this.tools, { campaign, reader, options, isShuttingDown }).run();
    } finally {
      // A source that cannot be closed must not hide the result of the run.
      await reader.close().catch(() => {});
    }
  }
}

function limitsOf(recipients: number): ChunkLimits {
  return { items: recipients * ITEMS_PER_RECIPIENT, recipients, characters: MAX_CHARACTERS };
}
