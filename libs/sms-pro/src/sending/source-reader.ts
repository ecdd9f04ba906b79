import { setImmediate } from 'node:timers/promises';

/** Items that are read before other work gets a turn of the event loop. */
const ITEMS_AT_A_STRETCH = 100;

/** Why a reading ended. */
export type ReadEnd = 'full' | 'waited' | 'end';

/** The signal was aborted while the source was read. */
export class ReadAborted extends Error {}

type Source<T> = Iterable<T> | AsyncIterable<T>;

/**
 * Reads a source in parts, and never an item more than is needed. An item that is slow to come stays requested while the
 * items before it are stored.
 */
export class SourceReader<T> {
  private readonly iterator: Iterator<T> | AsyncIterator<T>;
  private readonly isAsync: boolean;
  private pending: Promise<IteratorResult<T>> | null = null;
  private interrupt: () => void = () => {};

  constructor(
    source: Source<T>,
    private readonly signal: AbortSignal,
  ) {
    this.isAsync = Symbol.asyncIterator in source;
    this.iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  /**
   * Gives items to `take` until it returns `true`, the source ends, or the first of them has waited for `maxWaitMs`
   * (`null`: no limit).
   *
   * @throws ReadAborted if the signal is aborted; and whatever the source throws
   */
  async read(take: (item: T) => boolean, maxWaitMs: number | null): Promise<ReadEnd> {
    if (this.signal.aborted) throw new ReadAborted();
    let firstAt: number | null = null;
    let taken = 0;
    let timer: NodeJS.Timeout | undefined;
    const onAbort = () => this.interrupt();
    this.signal.addEventListener('abort', onAbort, { once: true });
    try {
      for (;;) {
        const result = this.isAsync ? await this.nextOrInterrupted() : (this.iterator as Iterator<T>).next();
        if (this.signal.aborted) throw new ReadAborted();
        if (result === null) return 'waited';
        if (result.done === true) return 'end';
        if (take(result.value)) return 'full';
        taken += 1;
        // A source that always has its next item ready would block everything else in the process.
        if (taken % ITEMS_AT_A_STRETCH === 0) await setImmediate();
        if (maxWaitMs === null) continue;
        firstAt ??= performance.now();
        if (performance.now() - firstAt >= maxWaitMs) return 'waited';
        if (this.isAsync) timer ??= setTimeout(() => this.interrupt(), maxWaitMs);
      }
    } finally {
      clearTimeout(timer);
      this.signal.removeEventListener('abort', onAbort);
      this.interrupt = () => {};
    }
  }

  /** Closes the source. Does not wait for it while an item is pending, which may never come. */
  async close(): Promise<void> {
    const closed = (async () => this.iterator.return?.())();
    if (this.pending === null) await closed;
    else closed.catch(() => {});
  }

  private async nextOrInterrupted(): Promise<IteratorResult<T> | null> {
    this.pending ??= (async () => (this.iterator as AsyncIterator<T>).next())();
    const { pending } = this;
    const result = await new Promise<IteratorResult<T> | null>((resolve, reject) => {
      this.interrupt = () => resolve(null);
      pending.then(resolve, reject);
    });
    if (result !== null) this.pending = null;
    return result;
  }
}
