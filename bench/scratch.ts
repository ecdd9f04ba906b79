import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Children } from './children.js';
import { createDatabase, type ScratchDatabase } from './databases/scratch-databases.js';
import type { DatabaseName, Extent } from './line.js';

/** What a line works with, and what is gone when it ends, however it ends. */
export class Scratch {
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

  static async open(database: DatabaseName, extent: Extent): Promise<Scratch> {
    return new Scratch(database, extent, await mkdtemp(join(tmpdir(), 'sms-pro-bench-')));
  }

  /** How much a run does. */
  amount(usual: number, quick: number): number {
    return this.extent.size === 'quick' ? quick : usual;
  }

  /** An empty database. */
  async createDatabase(): Promise<ScratchDatabase> {
    const created = await createDatabase(this.database, this.folder);
    this.atEnd(() => created.drop());
    return created;
  }

  /** Done at the end, the last first. */
  atEnd(work: () => Promise<unknown>): void {
    this.endings.push(work);
  }

  /** Ends and removes everything. Goes on where something fails, and says so. */
  async close(): Promise<void> {
    for (const end of this.endings.toReversed()) {
      await end().catch((error: unknown) => process.stderr.write(`Left behind: ${String(error)}\n`));
    }
  }
}
