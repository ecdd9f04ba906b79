/** The meaning of a status of the gateway. */
export interface StatusMeaning {
  /** What the partner API says about it, in English. */
  readonly meaning: string;
  /** How to fix it, and where. */
  readonly hint: string;
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean;
}
