/** What a status of the gateway means, and what to do about it. */
export interface StatusMeaning {
  /** The partner API's words, in English. */
  readonly meaning: string;
  /** What to do about it and where. */
  readonly hint: string;
  /** Whether the same call can succeed later with nothing changed. */
  readonly retryable: boolean;
}
