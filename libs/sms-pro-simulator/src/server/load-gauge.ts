import type { CallRequest } from '../calls/call-request.js';
import type { Dials } from '../dials/dials.js';

/** Counts the load of each account and each id, which decides status 9 and the dr status 5. */
export class LoadGauge {
  private readonly running = new Map<string, number>();
  private readonly rates = new Map<string, { second: number; count: number }>();

  /** Counts a request as running. @returns a function that ends it; only its first call counts */
  enter(request: CallRequest): () => void {
    const key = keyOf(request);
    if (key === null) return () => {};
    this.running.set(key, (this.running.get(key) ?? 0) + 1);
    let entered = true;
    return () => {
      if (!entered) return;
      entered = false;
      const left = (this.running.get(key) ?? 1) - 1;
      if (left > 0) this.running.set(key, left);
      else this.running.delete(key);
    };
  }

  /** The status for overload, or null. Call it once for each request, after `enter`. */
  overload(request: CallRequest, dials: Readonly<Dials>, now: number): 5 | 9 | null {
    const key = keyOf(request);
    if (key === null) return null;
    const running = this.running.get(key) ?? 0;
    if (request.call === 'dr') return running > (dials.drConcurrentPerId ?? running) ? 5 : null;
    if (running > (dials.maxConcurrentRequests ?? running)) return 9;
    return dials.maxRequestsPerSecond !== null && this.countInSecond(key, now) > dials.maxRequestsPerSecond ? 9 : null;
  }

  private countInSecond(key: string, now: number): number {
    const second = Math.floor(now / 1000);
    const rate = this.rates.get(key);
    const count = rate?.second === second ? rate.count + 1 : 1;
    this.rates.set(key, { second, count });
    return count;
  }
}

function keyOf({ call, fields }: CallRequest): string | null {
  if (call === 'message') return `message\n${fields['login'] ?? ''}`;
  return call === 'dr' ? `dr\n${fields['login'] ?? ''}\n${fields['id'] ?? ''}` : null;
}
