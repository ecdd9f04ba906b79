import { ApiProperty } from '@nestjs/swagger';
import type { SmsProBalance } from 'nestjs-sms-pro';

/** `SmsProBalance` for the documentation page. */
export class BalanceDto implements SmsProBalance {
  @ApiProperty({ type: String, example: '20123.12', description: 'Money as text: never a float.' })
  readonly balance!: string;

  @ApiProperty({ type: String, example: '0.50' })
  readonly smsPrice!: string;

  @ApiProperty({ type: Boolean })
  readonly active!: boolean;

  @ApiProperty({ type: String, format: 'date-time' })
  readonly checkedAt!: Date;
}
