import { ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsDate, IsIn, IsOptional, IsString } from 'class-validator';
import { PRIORITIES, type Priority } from 'nestjs-sms-pro';

const STRING = { message: 'must be a string' };
const INSTANT = { message: 'must be an instant such as 2026-05-01T09:00:00+06:00' };

/** Settings of all messages of a campaign: in the query, or as form fields before the file. */
export class CampaignFieldsDto {
  @ApiPropertyOptional({
    type: String,
    example: 'Dear {name}, your order {order} is ready.',
    description: 'The text, with column names in braces. Without it, the column `text` is the text.',
  })
  @IsOptional()
  @IsString(STRING)
  readonly template?: string;

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

  @ApiPropertyOptional({ enum: PRIORITIES, default: 'low', description: 'A campaign gives way to everything else.' })
  @IsOptional()
  @IsIn(PRIORITIES, { message: `must be one of ${PRIORITIES.join(', ')}` })
  readonly priority?: Priority;

  @ApiPropertyOptional({
    type: String,
    example: 'spring-sale',
    description: 'Your own id, such as the name of the sale.',
  })
  @IsOptional()
  @IsString(STRING)
  readonly reference?: string;
}
