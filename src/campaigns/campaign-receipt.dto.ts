import { ApiProperty } from '@nestjs/swagger';
import type { BulkReceipt, SmsProIssue } from 'nestjs-sms-pro';

class RowIssueDto implements SmsProIssue {
  @ApiProperty({ type: String, example: 'phone' })
  readonly path!: string;

  @ApiProperty({ type: String, example: '"99655****34" has 11 digits, a Kyrgyz number has 12 (996XXXXXXXXX)' })
  readonly message!: string;
}

/** A row that was skipped. */
export class RejectedRowDto {
  @ApiProperty({ type: Number, example: 17, description: 'Line of the file, from 1.' })
  readonly line!: number;

  @ApiProperty({ type: [RowIssueDto] })
  readonly issues!: readonly RowIssueDto[];
}

/** `BulkReceipt` for the documentation page, with line numbers instead of indexes. */
export class CampaignReceiptDto implements Omit<BulkReceipt, 'rejected'> {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly campaignId!: string;

  @ApiProperty({ type: Number, example: 998, description: 'Rows that are stored: each is a message of its own.' })
  readonly messages!: number;

  @ApiProperty({ type: Number, example: 998 })
  readonly recipients!: number;

  @ApiProperty({ type: Number, example: 998, description: 'SMS in total.' })
  readonly segments!: number;

  @ApiProperty({ type: [RejectedRowDto], description: 'The first 1,000 rows that were skipped.' })
  readonly rejected!: readonly RejectedRowDto[];

  @ApiProperty({ type: Number, example: 2, description: 'Rows that were skipped.' })
  readonly rejectedTotal!: number;

  @ApiProperty({ type: Number, example: 0 })
  readonly duplicates!: number;

  @ApiProperty({ type: Boolean, description: 'The Idempotency-Key was used before: nothing more is sent.' })
  readonly duplicate!: boolean;
}
