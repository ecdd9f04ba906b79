import { IsBoolean, IsIn, IsInt, Max, Min } from 'class-validator';

/** How events reach their subscribers. */
export class EventsOptions {
  /** Whether this process delivers events. Set `false` in processes without handlers. @default true */
  @IsBoolean()
  enabled = true;

  /** Which `recipient.*` events are stored and delivered: all, only those of a final status, or none. @default 'all' */
  @IsIn(['all', 'final', 'none'])
  recipients: 'all' | 'final' | 'none' = 'all';

  /** Handlers that run at the same time in this process, at most. @default 8 */
  @IsInt()
  @Min(1)
  @Max(1_000)
  concurrency = 8;

  /** How many times a handler that throws is called before the event is parked for it. @default 10 */
  @IsInt()
  @Min(1)
  @Max(1_000)
  maxAttempts = 10;

  /** First delay, in ms, before a handler that threw is called again; doubles up to 5 minutes. @default 1000 */
  @IsInt()
  @Min(1)
  retryDelayMs = 1_000;
}
