import { isUnknownCommit } from './store-error.js';
import type { UnitOfWork } from './unit-of-work.js';

type Work<T> = (unit: UnitOfWork) => Promise<T>;

interface Member {
  readonly work: Work<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Units that share one transaction, at most. */
const MAX_MEMBERS = 64;

/** After a transaction of so many units, more are expected. */
const BUSY_MEMBERS = 3;

/**
 * Lets units of work that come at the same time share one transaction. On one connection they would run one after
 * another anyway, and the COMMIT, which waits for the disk, is what costs. Each unit resolves after that COMMIT. If one
 * of them fails, the whole transaction is rolled back, and each runs again by itself.
 */
export class SharedTransaction {
  private waiting: Member[] = [];
  private isRunning = false;
  private lastMembers = 0;

  /**
   * @param commitTogether runs at least the first of the works in one transaction, and as many of the others as it has
   * time for; returns the result of each
   */
  constructor(private readonly commitTogether: (works: readonly Work<unknown>[]) => Promise<unknown[]>) {}

  /** Runs the work, together with others that wait. */
  async join<T>(work: Work<T>): Promise<T> {
    const value = await new Promise<unknown>((resolve, reject) => {
      this.waiting.push({ work, resolve, reject });
      // Other work of the same turn of the event loop joins it.
      if (!this.isRunning) this.runSoon();
      this.isRunning = true;
    });
    return value as T;
  }

  /** Under load a short pause lets more units share a COMMIT; otherwise only those of the same turn do. */
  private runSoon(): void {
    if (this.lastMembers < BUSY_MEMBERS) setImmediate(() => void this.run());
    else setTimeout(() => void this.run(), 1);
  }

  private async run(): Promise<void> {
    const members = this.waiting.splice(0, MAX_MEMBERS);
    this.lastMembers = members.length;
    if (!(await this.runTogether(members))) for (const member of members) await this.runTogether([member]);
    if (this.waiting.length > 0) this.runSoon();
    else this.isRunning = false;
  }

  /** Returns `false` if each member must run again by itself. */
  private async runTogether(members: readonly Member[]): Promise<boolean> {
    try {
      const values = await this.commitTogether(members.map(({ work }) => work));
      for (const [at, value] of values.entries()) members[at]?.resolve(value);
      // There was no time left for these.
      this.waiting.unshift(...members.slice(values.length));
      return true;
    } catch (error) {
      if (members.length > 1 && !isUnknownCommit(error)) return false;
      for (const { reject } of members) reject(error);
      return true;
    }
  }
}
