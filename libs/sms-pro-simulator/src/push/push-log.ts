/** One attempt to push. */
export interface PushRecord {
  /** Epoch milliseconds of the simulator's clock. */
  at: number;
  account: string;
  /** 1 for the first, up to 1 + retries. */
  attempt: number;
  /** What the receiver answered, null when nothing came. */
  httpStatus: number | null;
  /** True only on HTTP 200. */
  acked: boolean;
  reports: { id: string; phone: string; report: number }[];
}

/** Counts of pushes. A push can carry many reports. */
export interface PushStats {
  /** Attempts. */
  sent: number;
  /** Attempts answered with HTTP 200. */
  acked: number;
  /** Attempts answered otherwise or not at all. */
  failed: number;
  /** Pushes whose repeats were used up. */
  givenUp: number;
  /** Reports in acked pushes. */
  reportsAcked: number;
}
