import { ApiProperty } from '@nestjs/swagger';

/** The answer of `GET /health`. */
export class HealthDto {
  @ApiProperty({ type: String, enum: ['ok'] })
  readonly status!: 'ok';

  @ApiProperty({ type: String, example: 'https://smspro.nikita.kg', description: 'Where SMS go.' })
  readonly gateway!: string;

  @ApiProperty({ type: Boolean, description: 'No credentials are set: no SMS leaves this machine.' })
  readonly simulated!: boolean;
}
