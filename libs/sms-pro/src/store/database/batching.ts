import { isUnknownCommit } from './store-error.js';

interface Waiting<I, O> {
  readonly item: I;
  readonly resolve: (output: O) => void;
  readonly reject: (error: unknown) => void;
}

/** How large batches are, and how many run at a time. */
export interface BatchLimits<I> {
  /** Batches at a time, at most. */
  readonly atOnce: number;
  /** Weight of one batch, at most; a single item may weigh more. */
  readonly maxWeight: number;
  readonly weightOf: (item: I) => number;
}

/**
 * Puts the items that come during a batch into the next one; when no batch is running, an item starts at once. If a
 * batch fails, each of its items is tried by itself, so that one does not fail the others; but not if the batch may have
 * been stored.
 */
export class Batching<I, O> {
  private readonly waiting: Waiting<I, O>[] = [];
  private running = 0;

  constructor(
    private readonly run: (items: readonly I[]) => Promise<readonly O[]>,
    private readonly limits: BatchLimits<I>,
  ) {}

  /** Does the work for one item, together with others. */
  async add(item: I): Promise<O> {
    return new Promise<O>((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.begin();
    });
  }

  private begin(): void {
    if (this.running >= this.limits.atOnce || this.waiting.length === 0) return;
    this.running += 1;
    void this.work(this.take()).finally(() => {
      this.running -= 1;
      this.begin();
    });
  }

  private take(): Waiting<I, O>[] {
    const { maxWeight, weightOf } = this.limits;
    let weight = 0;
    const over = this.waiting.findIndex(({ item }, at) => {
      weight += weightOf(item);
      return at > 0 && weight > maxWeight;
    });
    return this.waiting.splice(0, over === -1 ? this.waiting.length : over);
  }

  private async work(batch: readonly Waiting<I, O>[]): Promise<void> {
    try {
      const outputs = await this.run(batch.map(({ item }) => item));
      for (const [at, output] of outputs.entries()) batch[at]?.resolve(output);
    } catch (error) {
      if (batch.length === 1 || isUnknownCommit(error)) for (const { reject } of batch) reject(error);
      else await Promise.all(batch.map((one) => this.work([one])));
    }
  }
}
