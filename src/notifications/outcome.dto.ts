import { ApiProperty } from '@nestjs/swagger';
import type { Outcome } from './recent-outcomes.js';

/** `Outcome` for the documentation page. */
export class OutcomeDto implements Outcome {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly messageId!: string;

  @ApiProperty({ type: String, nullable: true, example: 'order-17' })
  readonly reference!: string | null;

  @ApiProperty({ type: String, example: '996555000101' })
  readonly phone!: string;

  @ApiProperty({ enum: ['delivered', 'undelivered'] })
  readonly outcome!: 'delivered' | 'undelivered';

  @ApiProperty({ type: Boolean, description: 'The SMS did not reach the phone: someone should call.' })
  readonly callNeeded!: boolean;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly at!: Date;
}
