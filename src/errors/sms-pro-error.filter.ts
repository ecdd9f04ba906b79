import { Catch, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { SmsProError } from 'nestjs-sms-pro';
import { errorBody } from './error-body.js';

/** Turns errors of the SMS module into HTTP answers. Their messages contain no credential, text or full phone. */
@Catch(SmsProError)
export class SmsProErrorFilter implements ExceptionFilter<SmsProError> {
  private readonly logger = new Logger(SmsProErrorFilter.name);

  constructor(private readonly adapterHost: HttpAdapterHost) {}

  catch(error: SmsProError, host: ArgumentsHost): void {
    const body = errorBody(error);
    if (body.statusCode >= 500) this.logger.error(error.message);
    this.adapterHost.httpAdapter.reply(host.switchToHttp().getResponse(), body, body.statusCode);
  }
}
