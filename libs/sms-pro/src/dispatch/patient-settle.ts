import { setTimeout as pause } from 'node:timers/promises';
import { isDatabaseFailure } from '../errors/sms-pro.errors.js';
import { backOffMs } from '../message/back-off.js';
import type { Clock } from '../message/clock.js';
import type { SettleStore } from '../store/packets/settle.store.js';

/** Delays, in ms, before a settle that the database refused is tried again: the first, and the longest. */
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 2_000;

/**
 * Settles packets, and tries again where the database fails, as long as the lease lasts: the answer that was read is the
 * only proof of what the gateway did and billed. Without it the packet would be uncertain, and the gateway queried.
 */
export class PatientSettle implements Pick<SettleStore, 'settle'> {
  private readonly ended = new AbortController();

  constructor(
    private readonly settles: Pick<SettleStore, 'settle'>,
    private readonly clock: Clock,
  ) {}

  /** As {@link SettleStore.settle}. A COMMIT whose outcome is unknown is tried again too: the lease fences it. */
  async settle(...request: Parameters<SettleStore['settle']>): Promise<boolean> {
    const [{ lease }] = request;
    for (let tries = 0; ; tries += 1) {
      try {
        return await this.settles.settle(...request);
      } catch (error) {
        const delayMs = backOffMs(FIRST_DELAY_MS, tries, MAX_DELAY_MS);
        const isOver = this.ended.signal.aborted || this.clock.now() + delayMs >= lease.until;
        if (isOver || !isDatabaseFailure(error)) throw error;
        await pause(delayMs, undefined, { ref: false, signal: this.ended.signal }).catch(() => {});
      }
    }
  }

  /** From now on nothing is tried again. */
  stop(): void {
    this.ended.abort();
  }
}
