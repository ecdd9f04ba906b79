import { Body, Controller, Get, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBadRequestResponse,
  ApiConflictResponse,
  ApiNotFoundResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { SmsReceipt, SmsStatus } from 'nestjs-sms-pro';
import { ErrorBodyDto } from '../errors/error-body.dto.js';
import { NotificationStatusDto } from './notification-status.dto.js';
import { NotificationsService } from './notifications.service.js';
import { ReceiptDto } from './receipt.dto.js';
import { SendNotificationDto } from './send-notification.dto.js';

@ApiTags('notifications')
@Controller('notifications')
export class NotificationsController {
  constructor(private readonly notifications: NotificationsService) {}

  @Post()
  @HttpCode(HttpStatus.ACCEPTED)
  @ApiOperation({ summary: 'Send an SMS: it is stored before the answer, and sent right after' })
  @ApiAcceptedResponse({ type: ReceiptDto })
  @ApiBadRequestResponse({ type: ErrorBodyDto, description: 'The request has faults; nothing was stored.' })
  @ApiConflictResponse({ type: ErrorBodyDto, description: 'The idempotency key was used for another request.' })
  send(@Body() request: SendNotificationDto): Promise<SmsReceipt> {
    return this.notifications.send(request);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Status of a notification and of each recipient' })
  @ApiOkResponse({ type: NotificationStatusDto })
  @ApiNotFoundResponse({ type: ErrorBodyDto })
  status(@Param('id') messageId: string): Promise<SmsStatus> {
    return this.notifications.status(messageId);
  }
}
