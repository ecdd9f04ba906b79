/** One push attempt. */
export interface PushRecord {
  /** Epoch milliseconds of the simulator's clock. */
  at: number;
  account: string;
  /** 1 for the first, up to 1 + retries. */
  attempt: number;
  /** The receiver's answer, null when there was none. */
  httpStatus: number | null;
  /** True only on HTTP 200. */
  acked: boolean;
  reports: { id: string; phone: string; report: number }[];
}

/** Counts of pushes. A push can contain many reports. */
export interface PushStats {
  /** Attempts. */
  sent: number;
  /** Attempts answered with HTTP 200. */
  acked: number;
  /** Attempts with another answer or with none. */
  failed: number;
  /** Pushes that failed and have no retries left. */
  givenUp: number;
  /** Reports in acked pushes. */
  reportsAcked: number;
}
