import { ApiProperty } from '@nestjs/swagger';
import {
  CAMPAIGN_STATES,
  RECIPIENT_STATUSES,
  type BulkProgress,
  type CampaignState,
  type CampaignStatus,
  type CanceledCount,
  type StatusCounts,
} from 'nestjs-sms-pro';

/** `CampaignStatus` for the documentation page. */
export class CampaignStatusDto implements CampaignStatus {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly campaignId!: string;

  @ApiProperty({ enum: CAMPAIGN_STATES, description: '`running` while rows are being stored, then `stored`.' })
  readonly state!: CampaignState;

  @ApiProperty({ type: Number, example: 998 })
  readonly messages!: number;

  @ApiProperty({ type: Number, example: 998 })
  readonly recipients!: number;

  @ApiProperty({ type: Number, example: 998, description: 'SMS in total.' })
  readonly segments!: number;

  @ApiProperty({ type: Number, example: 2, description: 'Rows that were skipped.' })
  readonly rejected!: number;

  @ApiProperty({
    type: 'object',
    properties: Object.fromEntries(RECIPIENT_STATUSES.map((status) => [status, { type: 'number' }])),
    description: 'Number of recipients by status.',
  })
  readonly counts!: StatusCounts;

  @ApiProperty({ type: Number, description: 'Recipients without a final status.' })
  readonly open!: number;

  @ApiProperty({ type: Boolean, description: 'Every recipient has a final status.' })
  readonly completed!: boolean;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly createdAt!: Date;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When the last row was stored.' })
  readonly storedAt!: Date | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly canceledAt!: Date | null;
}

/** An upload that this process is storing now. */
export class UploadProgressDto implements BulkProgress {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly campaignId!: string;

  @ApiProperty({ type: String, nullable: true, example: 'spring-sale', description: 'The Idempotency-Key.' })
  readonly idempotencyKey!: string | null;

  @ApiProperty({ type: Number, example: 20000, description: 'Rows that have been processed.' })
  readonly consumed!: number;

  @ApiProperty({ type: Number, example: 19998 })
  readonly messages!: number;

  @ApiProperty({ type: Number, example: 19998 })
  readonly recipients!: number;

  @ApiProperty({ type: Number, example: 19998 })
  readonly segments!: number;

  @ApiProperty({ type: Number, example: 2 })
  readonly rejected!: number;

  @ApiProperty({ type: Number, example: 9500 })
  readonly recipientsPerSecond!: number;
}

/** `CanceledCount` for the documentation page. */
export class CanceledDto implements CanceledCount {
  @ApiProperty({ type: Number, example: 900, description: 'Recipients that were canceled.' })
  readonly canceled!: number;

  @ApiProperty({ type: Number, example: 98, description: 'Recipients whose SMS is being sent or was sent.' })
  readonly tooLate!: number;
}
