import { IsInt, IsOptional, Matches, Max, Min } from 'class-validator';
import { MAX_TIMER_MS } from './durations.js';

/** How the balance is watched. */
export class BalanceOptions {
  /** Interval, in ms, at which the balance is queried; `0`: only when `getBalance()` is called. @default 0 */
  @IsInt()
  @Min(0)
  @Max(MAX_TIMER_MS)
  checkIntervalMs = 0;

  /**
   * Decimal string in the account's currency. A balance below it raises `balance.low`, once until it has been at or above
   * the limit again. @default none: no event
   */
  @IsOptional()
  @Matches(/^\d+(\.\d+)?$/, { message: 'must be a decimal string such as "500.00"' })
  lowBelow?: string;
}
