import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  RECIPIENT_STATUSES,
  type Reason,
  type RecipientStatus,
  type SmsRecipientStatus,
  type SmsStatus,
  type StatusCounts,
} from 'nestjs-sms-pro';

class RecipientStatusDto implements SmsRecipientStatus {
  @ApiProperty({ type: String, example: '996555000101' })
  readonly phone!: string;

  @ApiProperty({ type: String, example: 'kq7vzt41mx0c' })
  readonly packetId!: string;

  @ApiProperty({ enum: RECIPIENT_STATUSES })
  readonly status!: RecipientStatus;

  @ApiPropertyOptional({ type: String, example: 'not-delivered', description: 'Why it was not delivered.' })
  readonly reason?: Reason;

  @ApiProperty({ type: Number, example: 1 })
  readonly segments!: number;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly sentAt!: Date | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  readonly deliveredAt!: Date | null;
}

/** `SmsStatus` for the documentation page. */
export class NotificationStatusDto implements SmsStatus {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly messageId!: string;

  @ApiPropertyOptional({ type: String, example: 'order-17' })
  readonly reference?: string;

  @ApiProperty({ type: Boolean })
  readonly test!: boolean;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly createdAt!: Date;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When the last recipient got its final status.',
  })
  readonly completedAt!: Date | null;

  @ApiProperty({
    type: 'object',
    properties: Object.fromEntries(RECIPIENT_STATUSES.map((status) => [status, { type: 'number' }])),
    description: 'Number of recipients by status.',
  })
  readonly counts!: StatusCounts;

  @ApiProperty({ type: [RecipientStatusDto] })
  readonly recipients!: RecipientStatusDto[];
}
