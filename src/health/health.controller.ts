import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { SmsProDispatch, SmsProReportIntake } from 'nestjs-sms-pro';
import { Gateway } from '../gateway/gateway.js';
import { HealthDto } from './health.dto.js';

@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(
    private readonly gateway: Gateway,
    private readonly sending: SmsProDispatch,
    private readonly intake: SmsProReportIntake,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Whether the service answers, where SMS go, and the state of sending and of reports' })
  @ApiOkResponse({ type: HealthDto })
  async health(): Promise<HealthDto> {
    return {
      status: 'ok',
      gateway: this.gateway.baseUrl,
      simulated: this.gateway.simulator !== null,
      dispatch: await this.sending.getDispatchState(),
      reports: await this.intake.getReportState(),
    };
  }
}
