/** What the wire needs to know of one account. Holds the password: never logged, never part of an error. */
export interface GatewayConfig {
  readonly login: string;
  readonly password: string;
  /** Root of the gateway; `/api/message` and the others are put behind it. */
  readonly baseUrl: string;
  /** Longest time of one call, from its start to the last byte of the answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Longest time to look up, connect and shake hands, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** Zone of the times in reports, in minutes east of Greenwich. */
  readonly reportUtcOffsetMinutes: number;
  /** Most connections at once. */
  readonly maxSockets: number;
  /** URL of an HTTP proxy. None is used unless given, whatever the environment says: the password is in the body. */
  readonly proxy?: string | undefined;
}
