import { IsBoolean, IsInt, Max, Min } from 'class-validator';
import { HOUR_MS, MAX_TIMER_MS, MINUTE_MS } from './durations.js';

/** How `/api/dr` is polled for recipients without a final report. */
export class PollingOptions {
  /**
   * Whether this process polls. If `false`, another process must poll: otherwise a recipient whose report was lost never
   * gets a final status. @default true
   */
  @IsBoolean()
  enabled = true;

  /** Interval, in ms, between two rounds of polling. @default 15000 */
  @IsInt()
  @Min(100)
  @Max(MAX_TIMER_MS)
  intervalMs = 15_000;

  /** Delay, in ms, from the acceptance of a packet to its first poll; doubles with each poll. @default 2 minutes */
  @IsInt()
  @Min(10)
  staleAfterMs = 2 * MINUTE_MS;

  /** The longest delay, in ms, between two polls of one packet. @default 1 hour */
  @IsInt()
  @Min(10)
  maxDistanceMs = HOUR_MS;

  /** Packets polled by this process in one interval, at most. @default 100 */
  @IsInt()
  @Min(1)
  @Max(10_000)
  batchSize = 100;

  /** Polls in flight from this process, at most. Keep it low: the gateway should be free for sending. @default 2 */
  @IsInt()
  @Min(1)
  @Max(64)
  concurrency = 2;

  /**
   * The longest delay, in ms, while the gateway is busy, refuses or cannot be reached. It then gets one poll at a time,
   * with delays that double from `intervalMs`. @default 10 minutes
   */
  @IsInt()
  @Min(100)
  maxBackoffMs = 10 * MINUTE_MS;

  /** Time, in ms, from the last POST until a recipient without a final report becomes `unknown`. @default 72 hours */
  @IsInt()
  @Min(1_000)
  giveUpAfterMs = 72 * HOUR_MS;
}
