import { IsInt, IsOptional, IsUrl, Max, Min } from 'class-validator';

/** How the gateway is reached. */
export class HttpOptions {
  /**
   * URL of an HTTP proxy. Requests carry the login and password: use a proxy that you trust, and an https `baseUrl`.
   * Environment variables such as `HTTPS_PROXY` are ignored. @default none
   */
  @IsOptional()
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  proxy?: string;

  /** Connections to the gateway from this process, at most. @default 64 */
  @IsInt()
  @Min(1)
  @Max(1_024)
  maxSockets = 64;
}
