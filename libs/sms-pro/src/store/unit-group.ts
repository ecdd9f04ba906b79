import { isUnknownCommit } from './store-error.js';
import type { UnitOfWork } from './unit-of-work.js';

type Work<T> = (unit: UnitOfWork) => Promise<T>;

interface Member {
  readonly work: Work<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Most units that share one transaction. */
const MOST_MEMBERS = 64;

/** So many in one transaction are a sign that more are coming. */
const BUSY_MEMBERS = 3;

/**
 * Lets units of work that come at the same time share one transaction: on one connection they would run one after
 * another in any case, and it is the COMMIT, which waits for the disk, that costs. Each resolves after that COMMIT.
 * Where one of them fails, nothing of the transaction is kept, and each runs again by itself.
 */
export class UnitGroup {
  private waiting: Member[] = [];
  private isRunning = false;
  private lastMembers = 0;

  /**
   * @param commitTogether runs at least the first of the works, and as many of the others as it has time for, in one
   * transaction; gives back what each of them returned
   */
  constructor(private readonly commitTogether: (works: readonly Work<unknown>[]) => Promise<unknown[]>) {}

  /** Runs the work, together with what else is waiting. */
  async join<T>(work: Work<T>): Promise<T> {
    const value = await new Promise<unknown>((resolve, reject) => {
      this.waiting.push({ work, resolve, reject });
      // What else comes in this turn of the event loop goes with it.
      if (!this.isRunning) this.runSoon();
      this.isRunning = true;
    });
    return value as T;
  }

  /** Where much comes at once, a moment's rest lets more of it share a COMMIT; else only what comes in the same turn. */
  private runSoon(): void {
    if (this.lastMembers < BUSY_MEMBERS) setImmediate(() => void this.run());
    else setTimeout(() => void this.run(), 1);
  }

  private async run(): Promise<void> {
    const members = this.waiting.splice(0, MOST_MEMBERS);
    this.lastMembers = members.length;
    if (!(await this.together(members))) for (const member of members) await this.together([member]);
    if (this.waiting.length > 0) this.runSoon();
    else this.isRunning = false;
  }

  /** Whether it is settled; `false` where the members are to run again, each by itself. */
  private async together(members: readonly Member[]): Promise<boolean> {
    try {
      const values = await this.commitTogether(members.map(({ work }) => work));
      for (const [at, value] of values.entries()) members[at]?.resolve(value);
      // There was no more time for these.
      this.waiting.unshift(...members.slice(values.length));
      return true;
    } catch (error) {
      if (members.length > 1 && !isUnknownCommit(error)) return false;
      for (const { reject } of members) reject(error);
      return true;
    }
  }
}
