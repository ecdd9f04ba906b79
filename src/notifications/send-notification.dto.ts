import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBoolean, IsDate, IsIn, IsOptional, IsString } from 'class-validator';
import { PRIORITIES, type Priority, type SendSmsRequest } from 'nestjs-sms-pro';

const STRING = { message: 'must be a string' };
const INSTANT = { message: 'must be an instant such as 2026-05-01T09:00:00+06:00' };

/** The body of `POST /notifications`. Only its shape is checked here: the SMS module checks phones and senders. */
export class SendNotificationDto implements SendSmsRequest {
  @ApiProperty({
    oneOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
    example: ['+996 555 000 101'],
    description: 'One phone or several. Duplicates are sent once.',
  })
  @IsString({ each: true, message: 'must be a phone or a list of phones, as strings' })
  readonly to!: string | string[];

  @ApiProperty({ type: String, example: 'Your order 17 is ready.', description: 'Up to 800 characters.' })
  @IsString(STRING)
  readonly text!: string;

  @ApiPropertyOptional({ type: String, description: 'An approved sender name. By default SMS_PRO_SENDER.' })
  @IsOptional()
  @IsString(STRING)
  readonly sender?: string;

  @ApiPropertyOptional({ type: String, format: 'date-time', description: 'When to send. By default at once.' })
  @IsOptional()
  @Type(() => Date)
  @IsDate(INSTANT)
  readonly sendAt?: Date;

  @ApiPropertyOptional({ type: String, format: 'date-time', description: 'Not sent after this instant.' })
  @IsOptional()
  @Type(() => Date)
  @IsDate(INSTANT)
  readonly validUntil?: Date;

  @ApiPropertyOptional({ enum: PRIORITIES, default: 'normal', description: '`high` for one-time codes.' })
  @IsOptional()
  @IsIn(PRIORITIES, { message: `must be one of ${PRIORITIES.join(', ')}` })
  readonly priority?: Priority;

  @ApiPropertyOptional({ type: String, description: 'A request that is repeated with the same key is not sent again.' })
  @IsOptional()
  @IsString(STRING)
  readonly idempotencyKey?: string;

  @ApiPropertyOptional({ type: String, example: 'order-17', description: 'Your own id, such as an order number.' })
  @IsOptional()
  @IsString(STRING)
  readonly reference?: string;

  @ApiPropertyOptional({ type: Boolean, default: false, description: 'The text is erased once it is sent.' })
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  readonly sensitive?: boolean;
}
