import { ApiProperty } from '@nestjs/swagger';
import type { ReportIntakeState } from 'nestjs-sms-pro';

/** `ReportIntakeState` for the documentation page. */
export class ReportStateDto implements ReportIntakeState {
  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly lastPushAt!: Date | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Since when reports have come only by polling.',
  })
  readonly settledByPollSince!: Date | null;

  @ApiProperty({ type: Boolean, description: 'The push of reports is not set up at the gateway.' })
  readonly pushMissing!: boolean;

  @ApiProperty({ type: String, nullable: true, description: 'Where to set it up, if it is missing.' })
  readonly hint!: string | null;

  @ApiProperty({ type: Number, description: 'Pushed reports for an unknown id or phone, since the start.' })
  readonly unmatched!: number;
}
