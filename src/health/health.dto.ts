import { ApiProperty } from '@nestjs/swagger';
import { DispatchStateDto } from './dispatch-state.dto.js';
import { ReportStateDto } from './report-state.dto.js';

/** The answer of `GET /health`. */
export class HealthDto {
  @ApiProperty({ type: String, enum: ['ok'] })
  readonly status!: 'ok';

  @ApiProperty({ type: String, example: 'https://smspro.nikita.kg', description: 'Where SMS go.' })
  readonly gateway!: string;

  @ApiProperty({ type: Boolean, description: 'No credentials are set: no SMS leaves this machine.' })
  readonly simulated!: boolean;

  @ApiProperty({ type: DispatchStateDto, description: 'The state of sending.' })
  readonly dispatch!: DispatchStateDto;

  @ApiProperty({ type: ReportStateDto, description: 'Whether reports arrive by push.' })
  readonly reports!: ReportStateDto;
}
