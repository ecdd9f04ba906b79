import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { XMLParser } from 'fast-xml-parser';
import { Repository } from 'typeorm';
import { Sms } from './sms.entity.js';

interface ReportPhone {
  readonly number: string;
  readonly report: string;
}

interface ReportDocument {
  readonly report: { readonly dr: readonly { readonly id: string; readonly phone: readonly ReportPhone[] }[] };
}

const STATUSES: Readonly<Record<string, string>> = { '1': 'sent', '3': 'delivered', '4': 'undelivered' };

/** Receives pushed reports: one UPDATE for each. */
@Controller('reports')
export class SmsReportsController {
  private readonly parser = new XMLParser({
    parseTagValue: false,
    isArray: (name) => name === 'dr' || name === 'phone',
  });

  constructor(@InjectRepository(Sms) private readonly repository: Repository<Sms>) {}

  @Post()
  @HttpCode(200)
  async receive(@Req() request: { readonly body: string }): Promise<string> {
    const { report } = this.parser.parse(request.body) as ReportDocument;
    for (const { id, phone } of report.dr) {
      for (const one of phone) {
        await this.repository.update(
          { gatewayId: id, phone: one.number },
          { status: STATUSES[one.report] ?? 'failed' },
        );
      }
    }
    return 'OK';
  }
}
