import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock } from '../message/clock.js';
import type { SmsProLogger } from '../options/sms-pro.logger.js';
import type { RetentionStore } from '../store/retention/retention.store.js';

const DAY_MS = 24 * 60 * 60_000;

/** Pause, in ms, between two steps, so that sending has priority. */
const DEFAULT_PAUSE_MS = 50;

/** What retention depends on. */
export interface RetentionParts {
  /** Age in days, counted from the end of a message, from which it is deleted. */
  readonly days: number;
  readonly store: Pick<RetentionStore, 'deleteSome'>;
  readonly clock: Clock;
  readonly logger: SmsProLogger;
  /** Pause, in ms, between two steps. @default 50 */
  readonly pauseMs?: number;
}

/** Deletes messages that ended long ago. Several instances may do it at the same time. */
export class Retention {
  private running: Promise<void> | null = null;
  private isStopped = false;

  constructor(private readonly parts: RetentionParts) {}

  /** Deletes everything that is old enough. Joins a run that is already in progress. */
  async run(): Promise<void> {
    if (this.isStopped) return;
    this.running ??= this.deleteAll().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  /** Stops after the current step. The next run continues from there. */
  async stop(): Promise<void> {
    this.isStopped = true;
    // The caller of run() gets the error.
    await this.running?.catch(() => {});
  }

  private async deleteAll(): Promise<void> {
    const { days, store, clock, logger, pauseMs = DEFAULT_PAUSE_MS } = this.parts;
    const before = clock.now() - days * DAY_MS;
    let total = 0;
    while (!this.isStopped) {
      const deleted = await store.deleteSome(before);
      if (deleted === 0) break;
      total += deleted;
      await sleep(pauseMs);
    }
    if (total > 0) logger.log(`Deleted ${total} rows of messages that ended more than ${days} days ago.`);
  }
}
