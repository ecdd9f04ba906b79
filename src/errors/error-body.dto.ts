import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { ErrorBody } from './error-body.js';

class IssueDto {
  @ApiProperty({ type: String, example: 'to[0]' })
  readonly path!: string;

  @ApiProperty({ type: String, example: '"99655****34" has 11 digits, a Kyrgyz number has 12 (996XXXXXXXXX)' })
  readonly message!: string;
}

/** `ErrorBody` for the documentation page. */
export class ErrorBodyDto implements ErrorBody {
  @ApiProperty({ type: Number, example: 400 })
  readonly statusCode!: number;

  @ApiProperty({ type: String, example: 'Bad Request' })
  readonly error!: string;

  @ApiProperty({ type: String, example: 'The request has faults: see issues.' })
  readonly message!: string;

  @ApiPropertyOptional({ type: [IssueDto], description: 'The faults of the request, with status 400 and 409.' })
  readonly issues?: IssueDto[];

  @ApiPropertyOptional({
    type: String,
    description: 'Tells the operator of this service how to fix it, with status 502.',
  })
  readonly hint?: string;
}
