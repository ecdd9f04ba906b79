/** Packets leased by a process, for each request that may be in flight, at most. */
const MAX_PER_SLOT = 3;

/** The packets that this process has leased: claimed, being sent, or accepted and not yet settled. */
export class LeasedPackets {
  private readonly works = new Set<Promise<void>>();
  private settling = 0;

  /** How many there are. */
  get size(): number {
    return this.works.size;
  }

  /** How many of them have a request in flight, or will have one. */
  get inFlight(): number {
    return this.works.size - this.settling;
  }

  /** Free slots; none while a slow database leaves too many packets unsettled. */
  freeOf(limit: number): number {
    return Math.min(limit - this.inFlight, limit * MAX_PER_SLOT - this.size);
  }

  /** Counts a packet until the work on it, which must never reject, has ended. */
  during(work: Promise<void>): Promise<void> {
    // The counted promise itself is returned, so that a packet no longer counts when its caller continues.
    const counted = work.finally(() => this.works.delete(counted));
    this.works.add(counted);
    return counted;
  }

  /** The request of one packet is over, and its slot is free. Returns what to call once the packet is settled. */
  freeSlot(): () => void {
    this.settling += 1;
    return () => {
      this.settling -= 1;
    };
  }

  /** Resolves when none is left. */
  async idle(): Promise<void> {
    while (this.works.size > 0) await Promise.allSettled(this.works);
  }
}
