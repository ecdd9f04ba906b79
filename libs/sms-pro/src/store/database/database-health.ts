import type { SmsProLogger } from '../../options/sms-pro.logger.js';
import { driverCodeOf } from './store-error.js';

/** How often, in ms, a database that fails is logged: every loop of the process meets it many times a second. */
const LOG_INTERVAL_MS = 1_000;

/** How long, in ms, nothing may fail before the failure counts as over: on a full disk small commits still succeed. */
const QUIET_MS = 1_000;

/** Logs that the database fails, once a second at most, and that it works again. */
export class DatabaseHealth {
  private failures = 0;
  private failedSince: number | null = null;
  private loggedAt = Number.NEGATIVE_INFINITY;
  private over: NodeJS.Timeout | null = null;

  constructor(private readonly logger: Pick<SmsProLogger, 'error' | 'log'>) {}

  /** Counts a failed step. Errors that are not the database's do not count. */
  failed(error: unknown): void {
    const code = driverCodeOf(error);
    if (code === '') return;
    const now = performance.now();
    this.failedSince ??= now;
    this.failures += 1;
    if (this.over !== null) clearTimeout(this.over);
    this.over = null;
    if (now - this.loggedAt < LOG_INTERVAL_MS) return;
    this.loggedAt = now;
    this.logger.error(
      `The database fails (${code}; ${this.failures} failed steps so far). Each send() that is not stored gets an error. What is stored goes on when the database works again.`,
    );
  }

  /** A transaction was committed. */
  succeeded(): void {
    if (this.failedSince === null || this.over !== null) return;
    this.over = setTimeout(() => this.logOver(), QUIET_MS).unref();
  }

  private logOver(): void {
    const seconds = Math.round((performance.now() - (this.failedSince ?? 0)) / 1_000);
    this.logger.log(`The database works again: ${this.failures} steps failed within ${seconds} s.`);
    this.failures = 0;
    this.failedSince = null;
    this.over = null;
  }
}
