import type { IncomingMessage } from 'node:http';
import { Controller, Delete, Get, Headers, HttpCode, HttpStatus, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBody,
  ApiConflictResponse,
  ApiConsumes,
  ApiCreatedResponse,
  ApiHeader,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
  ApiUnsupportedMediaTypeResponse,
} from '@nestjs/swagger';
import type { CampaignStatus, CanceledCount } from 'nestjs-sms-pro';
import { ErrorBodyDto } from '../errors/error-body.dto.js';
import { CampaignFieldsDto } from './campaign-fields.dto.js';
import { CampaignReceiptDto } from './campaign-receipt.dto.js';
import { CampaignStatusDto, CanceledDto, UploadProgressDto } from './campaign-status.dto.js';
import { CampaignStoppedDto } from './campaign-stopped.js';
import { CampaignsService } from './campaigns.service.js';

const FILE = 'The columns `phone` and `text`, or `phone` and those that the template names.';

@ApiTags('campaigns')
@Controller('campaigns')
export class CampaignsController {
  constructor(private readonly campaigns: CampaignsService) {}

  @Post()
  @HttpCode(HttpStatus.CREATED)
  @ApiOperation({
    summary: 'Send a CSV file: the answer comes when all of its rows are stored',
    description:
      'Rows are stored and sent while the file is uploaded; GET /campaigns shows the progress. A row with faults is skipped and reported with its line. With an Idempotency-Key, an interrupted upload continues where it stopped when the file is sent again.',
  })
  @ApiConsumes('text/csv', 'multipart/form-data')
  @ApiBody({
    description: FILE,
    schema: {
      type: 'object',
      properties: { template: { type: 'string' }, file: { type: 'string', format: 'binary', description: FILE } },
      required: ['file'],
    },
  })
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: 'The same key and file are stored once.' })
  @ApiCreatedResponse({ type: CampaignReceiptDto })
  @ApiBadRequestResponse({
    type: CampaignStoppedDto,
    description: 'The file has faults. `campaignId` is present if a part of it is stored.',
  })
  @ApiConflictResponse({
    type: CampaignStoppedDto,
    description: 'The key was used for another file, or the campaign was canceled.',
  })
  @ApiUnsupportedMediaTypeResponse({ type: ErrorBodyDto })
  async create(
    @Req() request: IncomingMessage,
    @Res({ passthrough: true }) response: { setHeader(name: string, value: string): unknown },
    @Query() query: CampaignFieldsDto,
    @Headers('idempotency-key') idempotencyKey?: string,
  ): Promise<CampaignReceiptDto> {
    const receipt = await this.campaigns.create(request, query, idempotencyKey);
    response.setHeader('location', `/campaigns/${receipt.campaignId}`);
    return receipt;
  }

  @Get()
  @ApiOperation({ summary: 'The files that this process is storing now, with their ids' })
  @ApiOkResponse({ type: [UploadProgressDto] })
  running(): UploadProgressDto[] {
    return this.campaigns.running();
  }

  @Get(':id')
  @ApiOperation({ summary: 'Status of a campaign, also while it is being stored' })
  @ApiOkResponse({ type: CampaignStatusDto })
  @ApiNotFoundResponse({ type: ErrorBodyDto })
  status(@Param('id') campaignId: string): Promise<CampaignStatus> {
    return this.campaigns.status(campaignId);
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Cancel what is not sent yet' })
  @ApiOkResponse({ type: CanceledDto })
  @ApiNotFoundResponse({ type: ErrorBodyDto })
  cancel(@Param('id') campaignId: string): Promise<CanceledCount> {
    return this.campaigns.cancel(campaignId);
  }
}
