import type { SlotQueue } from './slot-queue.js';

/** A wake for a later instant than this, in ms from now, is not sent: the check that runs every second finds the packet in time. */
export const HORIZON_MS = 10_000;

/** Instants kept, at most: the check that runs every second finds what is due at others. */
const MAX_INSTANTS = 200;

/** Is called with the result of each Redis call. */
export interface WakeListener {
  answered(): void;
  failed(error: unknown): void;
}

/**
 * Sends wakes to Redis, one call at a time. Wakes that come meanwhile are added up, so that neither a campaign nor a
 * Redis that is away fills the memory. A wake that fails is dropped: the check that runs every second finds its packets.
 */
export class WakeQueue {
  private slots = 0;
  private readonly instants = new Set<number>();
  private running: Promise<void> | null = null;
  private stopped = false;

  constructor(
    private readonly open: () => Promise<SlotQueue>,
    private readonly now: () => number,
    private readonly maxInFlight: number,
    private readonly listener: WakeListener,
  ) {}

  wake(packets: number, dueAt: number): void {
    if (this.stopped) return;
    const wait = dueAt - this.now();
    if (wait > HORIZON_MS) return;
    if (wait <= 0) this.slots = Math.min(this.slots + packets, this.maxInFlight);
    else if (this.instants.size < MAX_INSTANTS) this.instants.add(dueAt);
    this.running ??= this.sendAll().finally(() => {
      this.running = null;
    });
  }

  /** Sends nothing more; resolves when the last call has returned. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private async sendAll(): Promise<void> {
    try {
      const queue = await this.open();
      while (!this.stopped && (this.slots > 0 || this.instants.size > 0)) {
        const { slots } = this;
        const [instant] = this.instants;
        this.slots = 0;
        if (slots > 0) await queue.addSlots(slots);
        if (instant !== undefined) {
          this.instants.delete(instant);
          await queue.addInstant(instant, this.now());
        }
        this.listener.answered();
      }
    } catch (error) {
      this.slots = 0;
      this.instants.clear();
      this.listener.failed(error);
    }
  }
}
