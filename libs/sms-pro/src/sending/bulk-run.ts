import { setImmediate } from 'node:timers/promises';
import { SmsProInputError } from '../errors/sms-pro.errors.js';
import { MAX_LISTED_REJECTIONS } from '../message/campaign.js';
import type { Clock } from '../message/clock.js';
import type { SmsProScheduler } from '../options/scheduler.js';
import type { CampaignChunkStore, ChunkOutcome } from '../store/campaigns/campaign-chunk.store.js';
import type { StoredCampaign } from '../store/campaigns/campaign.store.js';
import type { BulkOptions } from './bulk-options.js';
import { bulkReceipt, type BulkReceipt, type CampaignTally } from './bulk-receipt.js';
import { SmsProBulkStoppedError, type BulkStoppedBy } from './bulk-stopped.error.js';
import type { SendDefaults } from './check-request.js';
import { ChunkDraft, type ChunkLimits } from './chunk-draft.js';
import { isSameRequest, KEY_CONFLICT } from './fingerprint.js';
import { SourceDigest } from './source-digest.js';
import { ReadAborted, type SourceReader } from './source-reader.js';

/** What every run of `sendBulk()` works with. */
export interface BulkTools {
  readonly defaults: SendDefaults;
  readonly digestKey: string;
  readonly chunks: CampaignChunkStore;
  readonly scheduler: Pick<SmsProScheduler, 'wake'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly limits: ChunkLimits;
  /** How long, in ms, a request that was read may wait for a slow source before it is stored. */
  readonly maxWaitMs: number;
}

/** Items that are skipped in one reading, at most. */
const MAX_SKIPPED = 1_000;

/** Ends the run. */
class Stop extends Error {
  constructor(
    readonly by: BulkStoppedBy | 'aborted',
    readonly reason?: unknown,
  ) {
    super(by);
  }
}

/** A part of the source that was read, and is to be stored. */
interface ReadChunk {
  readonly draft: ChunkDraft;
  readonly sourceDigest: string;
  readonly isLast: boolean;
}

/** One run of `sendBulk()`: reads the source part by part, and stores each part whole. */
export class BulkRun {
  private readonly digest: SourceDigest;
  private readonly startedAt = performance.now();
  private tally: CampaignTally;
  private recipientsHere = 0;

  constructor(
    private readonly tools: BulkTools,
    private readonly campaign: StoredCampaign,
    private readonly reader: SourceReader<unknown>,
    private readonly options: BulkOptions,
    /** Whether it was the application's shutdown that aborted it. */
    private readonly isShuttingDown: () => boolean,
  ) {
    this.digest = new SourceDigest(tools.digestKey);
    this.tally = campaign;
  }

  /**
   * @throws SmsProBulkStoppedError when it ends before the source does
   * @throws SmsProInputError with code `IDEMPOTENCY_CONFLICT` for a source that is not the one its key stands for
   */
  async run(): Promise<BulkReceipt> {
    try {
      if (this.campaign.state === 'canceled') throw new Stop('canceled');
      await this.tellProgress();
      await this.passOver(this.campaign.consumed);
      if (this.campaign.state === 'stored') {
        await this.expectEnd();
        return bulkReceipt(this.tally, true);
      }
      await this.storeRest();
      return bulkReceipt(this.tally);
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
      const by = error.by === 'aborted' ? (this.isShuttingDown() ? 'shutdown' : 'signal') : error.by;
      const cause = by === 'signal' ? this.options.signal?.reason : error.reason;
      throw new SmsProBulkStoppedError(by, bulkReceipt(this.tally), cause, this.options.idempotencyKey !== undefined);
    }
  }

  private async storeRest(): Promise<void> {
    let reading = this.readChunk(this.tally.consumed);
    for (;;) {
      const chunk = await reading;
      const { draft, isLast } = chunk;
      const isOver = isLast || draft.stopsAt !== null;
      const storing = this.store(chunk);
      // The next part is read while this one is stored, and no further.
      if (!isOver) reading = this.readChunk(draft.to);
      reading.catch(() => {});
      await storing;
      if (draft.stopsAt !== null) throw new Stop('invalid-request', faultOf(draft.stopsAt.index, draft.stopsAt.issues));
      if (isOver) return;
      // Whoever waits for the database comes first.
      await setImmediate();
    }
  }

  private async readChunk(from: number): Promise<ReadChunk> {
    const { tools, digest } = this;
    const stopsAtFaults = this.options.onInvalid === 'stop';
    const draft = new ChunkDraft(from, tools, stopsAtFaults, digest);
    const end = await this.read((item) => draft.take(item), tools.maxWaitMs);
    return { draft, sourceDigest: digest.value(), isLast: end === 'end' };
  }

  private async store({ draft, sourceDigest, isLast }: ReadChunk): Promise<void> {
    const { chunks, digestKey, scheduler } = this.tools;
    const { messages, rejected, from, to, now } = draft;
    const outcome = await this.storing(() =>
      chunks.store(
        {
          campaignId: this.tally.campaignId,
          from,
          to,
          sourceDigest,
          messages,
          rejected,
          rejectedBefore: this.tally.rejections,
          isLast,
          now,
        },
        {
          isSame: ({ text, idempotency }, earlier) =>
            isSameRequest(earlier, { text, fingerprint: idempotency?.fingerprint ?? '' }, digestKey),
          conflict: [KEY_CONFLICT],
          stopAtConflict: this.options.onInvalid === 'stop',
        },
      ),
    );
    if (outcome.is === 'canceled') throw new Stop('canceled');
    if (outcome.is === 'overtaken') throw new Stop('another-run');
    if (outcome.is === 'conflict') throw new Stop('invalid-request', faultOf(outcome.index, [KEY_CONFLICT]));
    for (const { packetIds, dueAt } of outcome.due) scheduler.wake(packetIds, dueAt);
    this.count(outcome, to);
    await this.tellProgress();
  }

  private count(stored: Extract<ChunkOutcome, { is: 'stored' }>, consumed: number): void {
    const { tally } = this;
    const room = MAX_LISTED_REJECTIONS - tally.rejections.length;
    this.recipientsHere += stored.recipients;
    this.tally = {
      campaignId: tally.campaignId,
      consumed,
      messages: tally.messages + stored.messages,
      recipients: tally.recipients + stored.recipients,
      segments: tally.segments + stored.segments,
      rejected: tally.rejected + stored.rejected.length,
      rejections: room > 0 ? [...tally.rejections, ...stored.rejected.slice(0, room)] : tally.rejections,
    };
  }

  /** Reads what an earlier run has stored, and stores none of it. */
  private async passOver(items: number): Promise<void> {
    for (let left = items; left > 0;) {
      const wanted = Math.min(left, MAX_SKIPPED);
      let read = 0;
      const end = await this.read((item) => {
        this.digest.add(item);
        return (read += 1) === wanted;
      }, null);
      left -= read;
      if (end === 'end' && left > 0) {
        throw otherSource(`ends after ${items - left} items, and ${items} were stored under this idempotencyKey`);
      }
    }
    if (items > 0 && this.digest.value() !== this.campaign.sourceDigest) {
      throw otherSource(
        `does not begin with the ${items} items that were stored under this idempotencyKey (to, text, sender or test differ)`,
      );
    }
  }

  private async expectEnd(): Promise<void> {
    const { consumed } = this.campaign;
    if ((await this.read(() => true, null)) === 'end') return;
    throw otherSource(`goes on after the ${consumed} items that were stored under this idempotencyKey`);
  }

  private async read(take: (item: unknown) => boolean, maxWaitMs: number | null) {
    try {
      return await this.reader.read(take, maxWaitMs);
    } catch (error) {
      throw error instanceof ReadAborted ? new Stop('aborted') : new Stop('source', error);
    }
  }

  private async storing<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw new Stop('store', error);
    }
  }

  private async tellProgress(): Promise<void> {
    const { onProgress } = this.options;
    if (onProgress === undefined) return;
    const { campaignId, consumed, messages, recipients, segments, rejected } = this.tally;
    const seconds = Math.max(performance.now() - this.startedAt, 1) / 1_000;
    const recipientsPerSecond = Math.round(this.recipientsHere / seconds);
    try {
      await onProgress({ campaignId, consumed, messages, recipients, segments, rejected, recipientsPerSecond });
    } catch (error) {
      throw new Stop('on-progress', error);
    }
  }
}

function otherSource(message: string): SmsProInputError {
  return new SmsProInputError(
    [{ path: 'requests', message: `${message}: give each campaign a key of its own` }],
    'IDEMPOTENCY_CONFLICT',
  );
}

function faultOf(index: number, issues: SmsProInputError['issues']): SmsProInputError {
  return new SmsProInputError(
    issues.map(({ path, message }) => ({ path: `requests[${index}]${path === '' ? '' : `.${path}`}`, message })),
  );
}
