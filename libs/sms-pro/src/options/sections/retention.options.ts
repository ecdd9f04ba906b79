import { IsInt, IsOptional, Max, Min } from 'class-validator';

/** How long finished messages are kept. */
export class RetentionOptions {
  /**
   * Days after its last recipient ended that a message is deleted with all its rows: recipients, tries, reports, events
   * and its idempotency key. The same key would then send it again. A message stays while an event of it is not delivered.
   * Set it in one process or in several. @default none: nothing is deleted
   */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(36_500)
  days?: number;
}
