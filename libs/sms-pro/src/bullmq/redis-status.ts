import type { SmsProLogger } from '../options/sms-pro.logger.js';
import { redisErrorText } from './redis-error-text.js';
import type { WakeListener } from './wake-queue.js';

/** Whether Redis answers, as the last call showed. Each change is logged once. */
export class RedisStatus implements WakeListener {
  private away = false;
  private stopped = false;

  /** @param consequence a sentence that says what happens while Redis is away */
  constructor(
    private readonly logger: SmsProLogger,
    private readonly consequence: () => string,
  ) {}

  get isAway(): boolean {
    return this.away;
  }

  answered(): void {
    if (!this.away) return;
    this.away = false;
    this.logger.log('Redis answers again.');
  }

  failed(error: unknown): void {
    if (this.away || this.stopped) return;
    this.away = true;
    this.logger.warn(`Redis does not answer, or refuses (${redisErrorText(error)}). ${this.consequence()}.`);
  }

  /** From now on failures are ignored: the application shuts down. */
  stop(): void {
    this.stopped = true;
  }
}
