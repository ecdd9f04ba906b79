import { SmsProInputError } from '../errors/sms-pro.errors.js';
import type { StoredCampaign } from '../store/campaigns/campaign.store.js';
import { BulkStop } from './bulk-stop.js';
import { SourceDigest } from './source-digest.js';
import { ReadAborted, type ReadEnd, type SourceReader } from './source-reader.js';

/** Items that are skipped in one reading, at most. */
const MAX_SKIPPED = 1_000;

/** The source of one run, compared with what an earlier run of the campaign has stored. */
export class CampaignSource {
  /** Of the items read so far. */
  readonly digest: SourceDigest;

  constructor(
    private readonly reader: SourceReader<unknown>,
    digestKey: string,
  ) {
    this.digest = new SourceDigest(digestKey);
  }

  /** Gives items to `take`, as `SourceReader.read()` does; an error of the source, or an abort, stops the run. */
  async read(take: (item: unknown) => boolean, maxWaitMs: number | null): Promise<ReadEnd> {
    try {
      return await this.reader.read(take, maxWaitMs);
    } catch (error) {
      throw error instanceof ReadAborted ? new BulkStop('aborted') : new BulkStop('source', error);
    }
  }

  /**
   * Skips the items that an earlier run has stored.
   * @throws SmsProInputError with code `IDEMPOTENCY_CONFLICT` if the source has other items there
   */
  async skipStored({ consumed, sourceDigest }: StoredCampaign): Promise<void> {
    for (let left = consumed; left > 0;) {
      const wanted = Math.min(left, MAX_SKIPPED);
      let read = 0;
      const end = await this.read((item) => {
        this.digest.add(item);
        return (read += 1) === wanted;
      }, null);
      left -= read;
      if (end === 'end' && left > 0) {
        throw otherSource(`ends after ${consumed - left} items, and ${consumed} were stored under this idempotencyKey`);
      }
    }
    if (consumed > 0 && this.digest.value() !== sourceDigest) {
      throw otherSource(
        `does not begin with the ${consumed} items that were stored under this idempotencyKey (to, text, sender or test differ)`,
      );
    }
  }

  /**
   * Checks that the source ends here, after all the items that were stored.
   * @throws SmsProInputError with code `IDEMPOTENCY_CONFLICT` if it has more
   */
  async expectEnd({ consumed }: StoredCampaign): Promise<void> {
    if ((await this.read(() => true, null)) === 'end') return;
    throw otherSource(`has more than the ${consumed} items that were stored under this idempotencyKey`);
  }
}

function otherSource(message: string): SmsProInputError {
  return new SmsProInputError(
    [{ path: 'requests', message: `${message}: give each campaign a key of its own` }],
    'IDEMPOTENCY_CONFLICT',
  );
}
