/** How to reach the gateway for one account. Has the password in it: never log it, never put it into an error. */
export interface GatewayConfig {
  readonly login: string;
  readonly password: string;
  /** Root URL of the gateway, without `/api`. */
  readonly baseUrl: string;
  /** Time, in ms, of one call from its start to the last byte of the answer, at most. */
  readonly timeoutMs: number;
  /** Time, in ms, for DNS, connect and TLS handshake together, at most. */
  readonly connectTimeoutMs: number;
  /** Time zone of the times in reports, in minutes east of UTC. */
  readonly reportUtcOffsetMinutes: number;
  /** Connections at the same time, at most. */
  readonly maxSockets: number;
  /** URL of an HTTP proxy. Proxies of the environment are ignored, since the requests carry the password. */
  readonly proxy?: string | undefined;
}
