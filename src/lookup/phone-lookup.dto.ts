import { ApiProperty } from '@nestjs/swagger';
import type { PhoneLookup } from 'nestjs-sms-pro';

/** `PhoneLookup` for the documentation page. */
export class PhoneLookupDto implements PhoneLookup {
  @ApiProperty({ type: String, example: '996555000101' })
  readonly phone!: string;

  @ApiProperty({ type: String, example: 'Бишкек,Бишкек' })
  readonly region!: string;

  @ApiProperty({ type: String, example: 'MegaCom' })
  readonly operator!: string;

  @ApiProperty({ type: Number, nullable: true, example: 6 })
  readonly utcOffsetHours!: number | null;
}
