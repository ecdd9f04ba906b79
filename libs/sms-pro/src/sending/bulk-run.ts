import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../message/clock.js';
import type { SmsProScheduler } from '../options/scheduler.js';
import type { CampaignChunkStore, ChunkOutcome } from '../store/campaigns/campaign-chunk.store.js';
import type { StoredCampaign } from '../store/campaigns/campaign.store.js';
import type { BulkOptions } from './bulk-options.js';
import { bulkReceipt, withStored, type BulkReceipt, type CampaignTally } from './bulk-receipt.js';
import { BulkStop, stopAtRequest } from './bulk-stop.js';
import { SmsProBulkStoppedError } from './bulk-stopped.error.js';
import { CampaignSource } from './campaign-source.js';
import type { SendDefaults } from './check-request.js';
import { ChunkDraft, type ChunkLimits } from './chunk-draft.js';
import { isSameRequest, KEY_CONFLICT } from './fingerprint.js';
import type { SourceReader } from './source-reader.js';

/** What every run of `sendBulk()` works with. */
export interface BulkTools {
  readonly defaults: SendDefaults;
  readonly digestKey: string;
  readonly chunks: CampaignChunkStore;
  readonly scheduler: Pick<SmsProScheduler, 'wake'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly limits: ChunkLimits;
  /** How long, in ms, a request that was read waits, at most, for a slow source before it is stored. */
  readonly maxWaitMs: number;
}

/** What one run works with. */
export interface BulkRunParts {
  readonly campaign: StoredCampaign;
  readonly reader: SourceReader<unknown>;
  readonly options: BulkOptions;
  /** Whether an abort came from the shutdown of the application, and not from the caller's signal. */
  readonly isShuttingDown: () => boolean;
}

/** A chunk of the source that was read, and is stored next. */
interface ReadChunk {
  readonly draft: ChunkDraft;
  readonly sourceDigest: string;
  readonly isLast: boolean;
}

/** One run of `sendBulk()`: reads the source chunk by chunk, and stores each chunk in one transaction. */
export class BulkRun {
  private readonly source: CampaignSource;
  private readonly startedAt = performance.now();
  /** Of the whole campaign. */
  private tally: CampaignTally;
  private recipientsOfRun = 0;

  constructor(
    private readonly tools: BulkTools,
    private readonly parts: BulkRunParts,
  ) {
    this.source = new CampaignSource(parts.reader, tools.digestKey);
    this.tally = parts.campaign;
  }

  /**
   * @throws SmsProBulkStoppedError if it ends before the end of the source
   * @throws SmsProInputError with code `IDEMPOTENCY_CONFLICT` if the key was used before with another source
   */
  async run(): Promise<BulkReceipt> {
    const { campaign, options, isShuttingDown } = this.parts;
    try {
      if (campaign.state === 'canceled') throw new BulkStop('canceled');
      await this.reportProgress();
      await this.source.skipStored(campaign);
      if (campaign.state === 'stored') {
        await this.source.expectEnd(campaign);
        return bulkReceipt(this.tally, true);
      }
      await this.storeRest();
      return bulkReceipt(this.tally);
    } catch (error) {
      if (!(error instanceof BulkStop)) throw error;
      const by = error.by === 'aborted' ? (isShuttingDown() ? 'shutdown' : 'signal') : error.by;
      const cause = by === 'signal' ? options.signal?.reason : error.reason;
      throw new SmsProBulkStoppedError(by, bulkReceipt(this.tally), cause, options.idempotencyKey !== undefined);
    }
  }

  private async storeRest(): Promise<void> {
    let reading = this.readChunk(this.tally.consumed);
    for (;;) {
      const chunk = await reading;
      const { draft, isLast } = chunk;
      const isOver = isLast || draft.stopsAt !== null;
      const storing = this.store(chunk);
      // Only the next chunk is read while this one is stored, so memory stays bounded.
      if (!isOver) reading = this.readChunk(draft.to);
      reading.catch(() => {});
      await storing;
      if (draft.stopsAt !== null) throw stopAtRequest(draft.stopsAt.index, draft.stopsAt.issues);
      if (isOver) return;
      // Other work that waits for the database goes first.
      await setImmediate();
    }
  }

  private async readChunk(from: number): Promise<ReadChunk> {
    const { tools, source } = this;
    const stopsAtFaults = this.parts.options.onInvalid === 'stop';
    const draft = new ChunkDraft(from, tools, stopsAtFaults, source.digest);
    const end = await source.read((item) => draft.take(item), tools.maxWaitMs);
    return { draft, sourceDigest: source.digest.value(), isLast: end === 'end' };
  }

  private async store({ draft, sourceDigest, isLast }: ReadChunk): Promise<void> {
    const { chunks, digestKey, scheduler } = this.tools;
    const { messages, rejected, from, to, now } = draft;
    const { campaignId, rejections: rejectedBefore } = this.tally;
    const outcome = await stopOnError('store', () =>
      chunks.store(
        { campaignId, from, to, sourceDigest, messages, rejected, rejectedBefore, isLast, now },
        {
          isSame: ({ text, idempotency }, earlier) =>
            isSameRequest(earlier, { text, fingerprint: idempotency?.fingerprint ?? '' }, digestKey),
          conflict: [KEY_CONFLICT],
          stopAtConflict: this.parts.options.onInvalid === 'stop',
        },
      ),
    );
    const stored = storedOrStop(outcome);
    for (const { packetIds, dueAt } of stored.due) scheduler.wake(packetIds, dueAt);
    this.recipientsOfRun += stored.recipients;
    this.tally = withStored(this.tally, stored, to);
    await this.reportProgress();
  }

  private async reportProgress(): Promise<void> {
    const { onProgress } = this.parts.options;
    if (onProgress === undefined) return;
    const { campaignId, consumed, messages, recipients, segments, rejected } = this.tally;
    const seconds = Math.max(performance.now() - this.startedAt, 1) / 1_000;
    const recipientsPerSecond = Math.round(this.recipientsOfRun / seconds);
    await stopOnError('on-progress', () =>
      onProgress({ campaignId, consumed, messages, recipients, segments, rejected, recipientsPerSecond }),
    );
  }
}

function storedOrStop(outcome: ChunkOutcome): Extract<ChunkOutcome, { is: 'stored' }> {
  if (outcome.is === 'canceled') throw new BulkStop('canceled');
  if (outcome.is === 'overtaken') throw new BulkStop('another-run');
  if (outcome.is === 'conflict') throw stopAtRequest(outcome.index, [KEY_CONFLICT]);
  return outcome;
}

async function stopOnError<T>(by: 'store' | 'on-progress', work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new BulkStop(by, error);
  }
}
