import { ApiProperty } from '@nestjs/swagger';
import type { SmsReceipt } from 'nestjs-sms-pro';

/** `SmsReceipt` for the documentation page. */
export class ReceiptDto implements SmsReceipt {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly messageId!: string;

  @ApiProperty({ type: [String], example: ['kq7vzt41mx0c'], description: 'The ids of its packets at the gateway.' })
  readonly packetIds!: string[];

  @ApiProperty({ type: Number, example: 1, description: 'Number of distinct phones.' })
  readonly recipients!: number;

  @ApiProperty({ type: Number, example: 1, description: 'SMS per phone.' })
  readonly segments!: number;

  @ApiProperty({ enum: ['gsm7', 'ucs2'], description: '`ucs2` where the text has Cyrillic letters.' })
  readonly encoding!: 'gsm7' | 'ucs2';

  @ApiProperty({ type: Boolean, description: 'The key was used before: nothing more is sent.' })
  readonly duplicate!: boolean;
}
