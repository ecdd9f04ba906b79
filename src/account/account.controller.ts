import { Controller, Get } from '@nestjs/common';
import {
  ApiBadGatewayResponse,
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import { SmsProBalanceService, type SmsProBalance } from 'nestjs-sms-pro';
import { ErrorBodyDto } from '../errors/error-body.dto.js';
import { BalanceDto } from './balance.dto.js';

@ApiTags('account')
@Controller('account')
export class AccountController {
  constructor(private readonly balances: SmsProBalanceService) {}

  @Get()
  @ApiOperation({ summary: 'Current balance and price, as the gateway reports them' })
  @ApiOkResponse({ type: BalanceDto })
  @ApiBadGatewayResponse({ type: ErrorBodyDto, description: 'The gateway refused: see hint.' })
  @ApiServiceUnavailableResponse({ type: ErrorBodyDto, description: 'The gateway cannot be reached.' })
  balance(): Promise<SmsProBalance> {
    return this.balances.getBalance();
  }
}
