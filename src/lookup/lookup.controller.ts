import { Controller, Get, NotFoundException, Param } from '@nestjs/common';
import {
  ApiBadGatewayResponse,
  ApiBadRequestResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiServiceUnavailableResponse,
  ApiTags,
} from '@nestjs/swagger';
import { SmsProLookupService, type PhoneLookup } from 'nestjs-sms-pro';
import { ErrorBodyDto } from '../errors/error-body.dto.js';
import { PhoneLookupDto } from './phone-lookup.dto.js';

@ApiTags('lookup')
@Controller('lookup')
export class LookupController {
  constructor(private readonly lookups: SmsProLookupService) {}

  @Get(':phone')
  @ApiOperation({ summary: 'Region, operator and time zone of a phone: free of charge, and cached' })
  @ApiOkResponse({ type: PhoneLookupDto })
  @ApiBadRequestResponse({ type: ErrorBodyDto, description: 'This is not a phone number.' })
  @ApiNotFoundResponse({ type: ErrorBodyDto, description: 'The gateway does not know the phone.' })
  @ApiBadGatewayResponse({ type: ErrorBodyDto, description: 'The gateway refused: see hint.' })
  @ApiServiceUnavailableResponse({ type: ErrorBodyDto, description: 'The gateway cannot be reached.' })
  async lookup(@Param('phone') phone: string): Promise<PhoneLookup> {
    const found = await this.lookups.lookup(phone);
    if (found === null) throw new NotFoundException('The gateway does not know this phone.');
    return found;
  }
}
