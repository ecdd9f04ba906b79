/** Most packets in hand, for each request that may be in flight. */
const MOST_IN_HAND = 3;

/** The packets of one process: claimed, being sent, or taken by the gateway and not yet written so. */
export class PacketsInHand {
  private readonly works = new Set<Promise<void>>();
  private taken = 0;

  /** How many there are. */
  get size(): number {
    return this.works.size;
  }

  /** How many of them have a request in flight, or will have one. */
  get inFlight(): number {
    return this.works.size - this.taken;
  }

  /** What goes on with them. */
  get all(): readonly Promise<void>[] {
    return [...this.works];
  }

  /** Slots without a request; none where a slow database leaves too much to be written down. */
  freeOf(limit: number): number {
    return Math.min(limit - this.inFlight, limit * MOST_IN_HAND - this.size);
  }

  /** Has a packet in hand for as long as its work goes on, which never rejects. */
  during(work: Promise<void>): Promise<void> {
    // The one that is listed is the one that is waited for: what follows a work has begun when it is off the list.
    const tracked = work.finally(() => this.works.delete(tracked));
    this.works.add(tracked);
    return tracked;
  }

  /** The request of one packet is over, and its slot free. Returns what to call once that is written down. */
  take(): () => void {
    this.taken += 1;
    return () => {
      this.taken -= 1;
    };
  }
}
