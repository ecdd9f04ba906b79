import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Gateway } from '../gateway/gateway.js';
import { HealthDto } from './health.dto.js';

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(private readonly gateway: Gateway) {}

  @Get()
  @ApiOperation({ summary: 'Whether the service answers, and where SMS go' })
  @ApiOkResponse({ type: HealthDto })
  health(): HealthDto {
    return { status: 'ok', gateway: this.gateway.baseUrl, simulated: this.gateway.simulator !== null };
  }
}
