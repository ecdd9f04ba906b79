import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Children } from './children.js';
import { createDatabase, type ScratchDatabase } from './databases/scratch-databases.js';
import type { DatabaseName, Extent } from './extent.js';

/** Time limit of `abandon()`, in ms. */
const ABANDON_MS = 10_000;

async function printFailure(end: Promise<unknown>): Promise<void> {
  await end.catch((error: unknown) => process.stderr.write(`Left behind: ${String(error)}\n`));
}

/** What a benchmark works with. All of it is removed at the end, also after a failure. */
export class BenchContext {
  readonly children = new Children();
  private readonly endings: (() => Promise<unknown>)[] = [];

  private constructor(
    readonly database: DatabaseName,
    readonly extent: Extent,
    readonly folder: string,
  ) {
    this.atEnd(() => rm(folder, { recursive: true, force: true }));
    this.atEnd(() => this.children.endAll());
  }

  static async open(database: DatabaseName, extent: Extent): Promise<BenchContext> {
    return new BenchContext(database, extent, await mkdtemp(join(tmpdir(), 'sms-pro-bench-')));
  }

  /** The amount of work in a run. */
  amount(usual: number, quick: number): number {
    return this.extent.size === 'quick' ? quick : usual;
  }

  /** An empty database. */
  async createDatabase(): Promise<ScratchDatabase> {
    const created = await createDatabase(this.database, this.folder);
    this.atEnd(() => created.drop());
    return created;
  }

  /** Is done at the end; what was added last is done first. */
  atEnd(work: () => Promise<unknown>): void {
    this.endings.push(work);
  }

  /** Ends and removes everything. A failure is printed and does not stop the rest. */
  async close(): Promise<void> {
    for (const end of this.endings.splice(0).toReversed()) await printFailure(end());
  }

  /** The same in the middle of a run, all at once: one by one, a part that is still busy would hold up the rest. */
  async abandon(): Promise<void> {
    await Promise.race([Promise.all(this.endings.splice(0).map((end) => printFailure(end()))), pause(ABANDON_MS)]);
  }
}
