import { IsInt, Max, Min } from 'class-validator';
import { DAY_MS } from './durations.js';

/** How number lookups are cached, in each process by itself. */
export class LookupOptions {
  /** Time, in ms, that an answer is cached; `0`: not at all. @default 30 days */
  @IsInt()
  @Min(0)
  cacheTtlMs = 30 * DAY_MS;

  /** Time, in ms, that "not in the database" is cached; `0`: not at all. @default 1 day */
  @IsInt()
  @Min(0)
  missTtlMs = DAY_MS;

  /** Numbers in the cache, at most; `0` turns it off. @default 10000 */
  @IsInt()
  @Min(0)
  @Max(10_000_000)
  cacheSize = 10_000;
}
