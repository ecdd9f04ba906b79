import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../message/clock.js';
import type { SmsProLogger } from '../options/sms-pro.logger.js';
import type { RetentionStore } from '../store/retention.store.js';

const DAY_MS = 24 * 60 * 60_000;

/** Rest, in ms, between two steps: sending comes first. */
const REST_MS = 50;

/** Deletes what is older than it is to be kept. Any number of instances may do it at once. */
export class Retention {
  private running: Promise<void> | null = null;
  private isStopped = false;

  constructor(
    private readonly days: number,
    private readonly store: Pick<RetentionStore, 'deleteSome'>,
    private readonly clock: Clock,
    private readonly logger: SmsProLogger,
    private readonly restMs = REST_MS,
  ) {}

  /** Deletes until nothing is left that is old enough. A run that goes on is not doubled. */
  async run(): Promise<void> {
    if (this.isStopped) return;
    this.running ??= this.deleteAll().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  /** Ends after the step that is under way; the next run goes on from there. */
  async stop(): Promise<void> {
    this.isStopped = true;
    // A step that failed was said by its run.
    await this.running?.catch(() => {});
  }

  private async deleteAll(): Promise<void> {
    const before = this.clock.now() - this.days * DAY_MS;
    let total = 0;
    while (!this.isStopped) {
      const deleted = await this.store.deleteSome(before);
      if (deleted === 0) break;
      total += deleted;
      await sleep(this.restMs);
    }
    if (total > 0) this.logger.log(`Deleted ${total} rows of messages that ended more than ${this.days} days ago.`);
  }
}
