import { IsBoolean, IsInt, IsNumber, Max, Min } from 'class-validator';
import { DAY_MS, MAX_TIMER_MS } from './durations.js';

/** How packets are sent. */
export class DispatchOptions {
  /** Whether this process sends. Set `false` in processes that only store requests. @default true */
  @IsBoolean()
  enabled = true;

  /** Requests in flight from this process, at most; adapts below that. 1 to 256. @default 8 */
  @IsInt()
  @Min(1)
  @Max(256)
  concurrency = 8;

  /** First delay, in ms, after a try that was certainly not sent; doubles up to 5 minutes. @default 1000 */
  @IsInt()
  @Min(10)
  retryDelayMs = 1_000;

  /** Delay, in ms, before `/api/dr` is first queried for a packet whose answer was lost; then doubles. @default 5000 */
  @IsInt()
  @Min(10)
  uncertainDelayMs = 5_000;

  /**
   * Time, in ms, from the end of a lost try to a query of `/api/dr` whose "not found" permits to send the same id again.
   * Must exceed the time the gateway may still process the request, plus the delay of `/api/dr`. If the gateway does
   * not block repeated ids and is later than that, a second SMS is possible. `Infinity` never repeats.
   * @default 30000
   */
  @IsNumber({ allowInfinity: true })
  @Min(10)
  repeatAfterMs = 30_000;

  /** Time, in ms, that a packet stays leased to the worker that claimed it. At least `timeoutMs` + 10 s. @default 60000 */
  @IsInt()
  @Min(1_000)
  leaseMs = 60_000;

  /** Time, in ms, after the due time in which a message may still be sent; then it expires. @default 24 hours */
  @IsInt()
  @Min(1_000)
  maxAgeMs = DAY_MS;

  /** First delay, in ms, before a paused account is probed; doubles up to 10 minutes. @default 30000 */
  @IsInt()
  @Min(10)
  pauseProbeMs = 30_000;

  /** Time, in ms, that a shutdown waits for requests in flight, at most. @default 20000 */
  @IsInt()
  @Min(0)
  @Max(MAX_TIMER_MS)
  shutdownTimeoutMs = 20_000;

  /**
   * Query `/api/dr` for every packet before its first POST. For the first start after a restore from a backup: packets
   * that are queued there may have been sent already. @default false
   */
  @IsBoolean()
  verifyFirst = false;
}
