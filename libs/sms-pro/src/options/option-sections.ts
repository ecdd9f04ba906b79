import {
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  IsUrl,
  Matches,
  Max,
  Min,
} from 'class-validator';

const MINUTE_MS = 60_000;
/** Longest timer of Node, in ms: a longer one fires at once. */
const MAX_TIMER_MS = 2_147_483_647;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How packets are sent. */
export class DispatchOptions {
  /** Whether this process sends. Set `false` on processes that only store requests. @default true */
  @IsBoolean()
  enabled = true;

  /** Most requests in flight from this process. @default 8 */
  @IsInt()
  @Min(1)
  @Max(256)
  concurrency = 8;

  /** First wait, in ms, after a try that was certainly not sent; doubles to 5 minutes. @default 1000 */
  @IsInt()
  @Min(10)
  retryDelayMs = 1_000;

  /** Wait, in ms, before the gateway is asked about a packet whose answer was lost. @default 5000 */
  @IsInt()
  @Min(10)
  uncertainDelayMs = 5_000;

  /**
   * How long, in ms, after a lost try the gateway must still not know the packet before the same id is sent again.
   * Must exceed the gateway's late processing plus the lag of `/api/dr`: if ids are not blocked and the gateway is
   * later than that, a second SMS is possible. `Infinity` never repeats. @default 30000
   */
  @IsNumber({ allowInfinity: true })
  @Min(10)
  repeatAfterMs = 30_000;

  /** How long, in ms, a packet belongs to the worker that claimed it. At least `timeoutMs` + 10 s. @default 60000 */
  @IsInt()
  @Min(1_000)
  leaseMs = 60_000;

  /** How long, in ms, after it was due a message may still be sent. @default 24 hours */
  @IsInt()
  @Min(1_000)
  maxAgeMs = DAY_MS;

  /** First wait, in ms, before a paused account is asked whether it can send again; doubles to 10 minutes. @default 30000 */
  @IsInt()
  @Min(10)
  pauseProbeMs = 30_000;

  /** How long, in ms, a shutdown waits for requests in flight. @default 20000 */
  @IsInt()
  @Min(0)
  @Max(MAX_TIMER_MS)
  shutdownTimeoutMs = 20_000;

  /** Ask `/api/dr` for every packet before its first POST: for the start after a restore from a backup. @default false */
  @IsBoolean()
  verifyFirst = false;
}

/** How pushed reports are taken in. */
export class ReportsOptions {
  /** Whether the report route exists. @default true */
  @IsBoolean()
  enabled = true;

  /**
   * One or several secrets, any of which the path of a push must end with: 16 to 100 of `A-Z a-z 0-9 _ -`.
   * Fastify answers 414 to a longer one.
   */
  @IsOptional()
  @Matches(/^[\w-]{16,100}$/, { each: true, message: 'must be 16 to 100 letters, digits, _ or -' })
  secret?: string | readonly string[];

  /** Addresses or CIDR ranges, IPv4 or IPv6, that may push. Behind a proxy the host application must trust it. */
  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  @ArrayUnique()
  allowedIps?: readonly string[];

  /** Largest push, in bytes, after unpacking. @default 1048576 */
  @IsInt()
  @Min(1_024)
  @Max(64 * 1_048_576)
  maxBodyBytes = 1_048_576;

  /** Most entries in one push. @default 10000 */
  @IsInt()
  @Min(1)
  maxEntries = 10_000;

  /** Take a push as a hint only: nothing changes until `/api/dr` says the same. @default false */
  @IsBoolean()
  confirm = false;
}

/** How recipients without a final report are asked for. */
export class PollingOptions {
  /**
   * Whether this process polls. Where it is `false` another process must: else a recipient whose report is lost never
   * reaches its end. @default true
   */
  @IsBoolean()
  enabled = true;

  /** How often, in ms, stale packets are looked for. @default 15000 */
  @IsInt()
  @Min(100)
  @Max(MAX_TIMER_MS)
  intervalMs = 15_000;

  /** How long, in ms, after it was accepted a packet is first asked for; the distances then double. @default 2 minutes */
  @IsInt()
  @Min(10)
  staleAfterMs = 2 * MINUTE_MS;

  /** Longest distance, in ms, of two questions about one packet. @default 1 hour */
  @IsInt()
  @Min(10)
  maxDistanceMs = HOUR_MS;

  /** Most packets asked for in one interval, by this process. @default 100 */
  @IsInt()
  @Min(1)
  @Max(10_000)
  batchSize = 100;

  /** Most questions at once, by this process: the rest of the gateway's attention is for sending. @default 2 */
  @IsInt()
  @Min(1)
  @Max(64)
  concurrency = 2;

  /**
   * Longest rest, in ms, while the gateway is busy, shut or out of reach: it is then asked one question at a time,
   * at distances that double from `intervalMs`. @default 10 minutes
   */
  @IsInt()
  @Min(100)
  maxBackoffMs = 10 * MINUTE_MS;

  /** How long, in ms, after the last POST a recipient without a final report becomes `unknown`. @default 72 hours */
  @IsInt()
  @Min(1_000)
  giveUpAfterMs = 72 * HOUR_MS;
}

/** How the balance is watched. */
export class BalanceOptions {
  /** How often, in ms, the balance is asked for; `0` never by itself. @default 0 */
  @IsInt()
  @Min(0)
  @Max(MAX_TIMER_MS)
  checkIntervalMs = 0;

  /** Decimal string below which `balance.low` is told, once until it was above again. */
  @IsOptional()
  @Matches(/^\d+(\.\d+)?$/, { message: 'must be a decimal string such as "500.00"' })
  lowBelow?: string;
}

/** How number lookups are cached. */
export class LookupOptions {
  /** How long, in ms, an answer is kept. @default 30 days */
  @IsInt()
  @Min(0)
  cacheTtlMs = 30 * DAY_MS;

  /** How long, in ms, "not in the base" is kept. @default 1 day */
  @IsInt()
  @Min(0)
  missTtlMs = DAY_MS;

  /** Most numbers kept; `0` caches nothing. @default 10000 */
  @IsInt()
  @Min(0)
  @Max(10_000_000)
  cacheSize = 10_000;
}

/** How events reach their subscribers. */
export class EventsOptions {
  /** Whether this process delivers events. Set `false` on processes without handlers. @default true */
  @IsBoolean()
  enabled = true;

  /** Which `recipient.*` events are kept: all, the final ones, or none. @default 'all' */
  @IsIn(['all', 'final', 'none'])
  recipients: 'all' | 'final' | 'none' = 'all';

  /** Most handlers that run at once. @default 8 */
  @IsInt()
  @Min(1)
  @Max(1_000)
  concurrency = 8;

  /** Calls of a handler that throws before the event is parked for it. @default 10 */
  @IsInt()
  @Min(1)
  @Max(1_000)
  maxAttempts = 10;

  /** First wait, in ms, before a handler that threw is called again; doubles to 5 minutes. @default 1000 */
  @IsInt()
  @Min(1)
  retryDelayMs = 1_000;
}

/** How long what is over is kept. */
export class RetentionOptions {
  /**
   * Days after which a message that has come to its end is deleted, with all its rows: recipients, tries, reports,
   * events and its idempotency key, under which it could then be sent again. What a subscriber has yet to hear stays.
   * Give it to one process or to several. @default never
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(36_500)
  days?: number;
}

/** Which numbers are sent to. The sister hosts of the gateway serve other countries. */
export class PhonesOptions {
  /** Country code without `+`. @default '996' */
  @Matches(/^[1-9]\d{0,2}$/, { message: 'must be 1 to 3 digits such as "996"' })
  countryCode = '996';

  /** Digits behind the country code. @default 9 */
  @IsInt()
  @Min(4)
  @Max(14)
  nationalDigits = 9;
}

/** How the gateway is reached. */
export class HttpOptions {
  /** URL of an HTTP proxy. Login and password are in the request: trust it, and use an https `baseUrl`. */
  @IsOptional()
  @IsUrl({ protocols: ['http', 'https'], require_protocol: true, require_tld: false })
  proxy?: string;

  /** Most sockets to the gateway. @default 64 */
  @IsInt()
  @Min(1)
  @Max(1_024)
  maxSockets = 64;
}
