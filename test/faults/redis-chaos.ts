import { setTimeout as pause } from 'node:timers/promises';
import type { OwnRedis } from '../support/redis.js';
import type { Sender } from './sender.js';

/**
 * The shares of stored messages at which Redis is emptied, and at which it is killed and restarted. After the flush at 1
 * no wake is left in Redis: the remaining packets must be found without one.
 */
const FLUSH_AT = [0.2, 0.45, 1] as const;
const KILL_AT = 0.65;

/** How long Redis is away. */
const AWAY_MS = 1_500;

/** How often the progress of the run is checked, in ms. */
const LOOK_MS = 50;

/** What goes wrong with Redis during a run. */
export class RedisChaos {
  flushes = 0;
  restarts = 0;

  constructor(
    private readonly redis: OwnRedis,
    private readonly sender: Sender,
    private readonly until: AbortSignal,
  ) {}

  async run(): Promise<void> {
    for (const share of [...FLUSH_AT, KILL_AT].toSorted((left, right) => left - right)) {
      await this.reached(share);
      if (this.until.aborted) return;
      if (share === KILL_AT) await this.restart();
      else await this.flush();
    }
  }

  private async flush(): Promise<void> {
    await this.redis.flushAll();
    this.flushes += 1;
  }

  private async restart(): Promise<void> {
    await this.redis.kill();
    await pause(AWAY_MS);
    await this.redis.start();
    this.restarts += 1;
  }

  private async reached(share: number): Promise<void> {
    while (!this.until.aborted && this.sender.progress < share) await pause(LOOK_MS);
  }
}
