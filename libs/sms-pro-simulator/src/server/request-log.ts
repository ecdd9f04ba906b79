import type { GatewayCall } from '../wire/answers.js';

/** One request to one of the four calls. */
export interface RequestRecord {
  /** From 1, in order of arrival. */
  seq: number;
  call: GatewayCall;
  /** Epoch milliseconds of the simulator's clock. */
  at: number;
  account: string;
  /** The id as sent, empty if none. */
  packetId: string;
  /** As sent. */
  phones: readonly string[];
  /** The gateway status in the answer; null when it had none, or no answer was sent. */
  status: number | null;
  /** The status that processing resulted in, even if the client never got it; null until processed. */
  outcome: number | null;
  /** The HTTP status, null when no complete answer was sent. */
  httpStatus: number | null;
  /** Has the request been processed? With late processing this becomes true later. */
  processed: boolean;
  /** The faults applied to it: actions of the fault rules, and `overload`. */
  faults: string[];
}

/** Counts of all requests, whatever the size of the log. */
export interface RequestStats {
  /** Requests that have arrived and are not answered completely. */
  inFlight: number;
  maxInFlight: number;
  /** The same for each call; `most` is the maximum. */
  inFlightByCall: Record<GatewayCall, { now: number; most: number }>;
  total: number;
  /** Requests by call, then by the status in the answer (`none` without one). */
  byCall: Record<GatewayCall, Record<string, number>>;
}

/** The latest requests, and counts of all requests. */
export class RequestLog {
  private records: RequestRecord[] = [];
  private seq = 0;
  private inFlight = 0;
  private maxInFlight = 0;
  private readonly inFlightByCall: Record<GatewayCall, { now: number; most: number }> = {
    message: { now: 0, most: 0 },
    dr: { now: 0, most: 0 },
    def: { now: 0, most: 0 },
    info: { now: 0, most: 0 },
  };
  private readonly byCall: Record<GatewayCall, Map<string, number>> = {
    message: new Map(),
    dr: new Map(),
    def: new Map(),
    info: new Map(),
  };

  /** @param maxRequests the log keeps at least this many of the latest requests, and less than twice as many */
  constructor(private readonly maxRequests: number) {}

  /** Counts a request as in flight. @returns a function that ends it; only its first call counts */
  arrived(call: GatewayCall): () => void {
    const ofCall = this.inFlightByCall[call];
    this.inFlight += 1;
    ofCall.now += 1;
    if (this.inFlight > this.maxInFlight) this.maxInFlight = this.inFlight;
    if (ofCall.now > ofCall.most) ofCall.most = ofCall.now;
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      this.inFlight -= 1;
      ofCall.now -= 1;
    };
  }

  add(record: Omit<RequestRecord, 'seq'>): RequestRecord {
    this.seq += 1;
    const kept: RequestRecord = { seq: this.seq, ...record };
    if (this.maxRequests > 0) {
      this.records.push(kept);
      // Trimmed in bulk: removing the oldest entry at every request would cost more than the request.
      if (this.records.length >= this.maxRequests * 2) this.records = this.records.slice(-this.maxRequests);
    }
    return kept;
  }

  answered({ call }: RequestRecord, status: number | null): void {
    const key = String(status ?? 'none');
    this.byCall[call].set(key, (this.byCall[call].get(key) ?? 0) + 1);
  }

  /** Copies, oldest first. */
  all(): RequestRecord[] {
    const kept = this.maxRequests === 0 ? [] : this.records.slice(-this.maxRequests);
    return kept.map(copyOf);
  }

  stats(): RequestStats {
    const { message, dr, def, info } = this.byCall;
    const ofCall = this.inFlightByCall;
    return {
      inFlight: this.inFlight,
      maxInFlight: this.maxInFlight,
      inFlightByCall: {
        message: { ...ofCall.message },
        dr: { ...ofCall.dr },
        def: { ...ofCall.def },
        info: { ...ofCall.info },
      },
      total: this.seq,
      byCall: {
        message: Object.fromEntries(message),
        dr: Object.fromEntries(dr),
        def: Object.fromEntries(def),
        info: Object.fromEntries(info),
      },
    };
  }
}

function copyOf(record: RequestRecord): RequestRecord {
  return { ...record, faults: [...record.faults] };
}
