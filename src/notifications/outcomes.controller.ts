import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import { RecentOutcomes, type Outcome } from './recent-outcomes.js';
import { OutcomeDto } from './outcome.dto.js';

@ApiTags('notifications')
@Controller('outcomes')
export class OutcomesController {
  constructor(private readonly outcomes: RecentOutcomes) {}

  @Get()
  @ApiOperation({
    summary: 'Delivered and undelivered recipients that the subscriber has noted since the start, latest first',
  })
  @ApiQuery({ name: 'reference', type: String, required: false })
  @ApiOkResponse({ type: [OutcomeDto] })
  latest(@Query('reference') reference?: string): Outcome[] {
    return this.outcomes.latest(reference);
  }
}
