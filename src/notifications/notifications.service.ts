import { Injectable, NotFoundException } from '@nestjs/common';
import { SmsProService, type SmsReceipt, type SmsStatus } from 'nestjs-sms-pro';
import type { SendNotificationDto } from './send-notification.dto.js';

/** Sends notifications. The hard part is in `SmsProService`. */
@Injectable()
export class NotificationsService {
  constructor(private readonly sms: SmsProService) {}

  /** When this returns, the notification is stored and will be sent, even after a crash. */
  async send(request: SendNotificationDto): Promise<SmsReceipt> {
    return this.sms.send(request);
  }

  async status(messageId: string): Promise<SmsStatus> {
    const status = await this.sms.status(messageId);
    if (status === null) throw new NotFoundException('There is no notification with this id.');
    return status;
  }
}
