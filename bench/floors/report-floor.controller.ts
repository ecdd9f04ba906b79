import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { readReportDocument, readRequestBody } from '../inner-parts.js';

const LIMITS = { maxBytes: 1_048_576, timeoutMs: 15_000 };
const DOCUMENT = { maxBytes: 1_048_576, maxEntries: 10_000, utcOffsetMinutes: 360 };

/** The floor of reports: reads HTTP and XML as the module does, and stores nothing. */
@Controller('floor')
export class ReportFloorController {
  @Post()
  @HttpCode(200)
  async receive(@Req() request: unknown): Promise<string> {
    const { bytes, contentType } = await readRequestBody(request, LIMITS);
    readReportDocument(bytes, { ...DOCUMENT, contentType });
    return 'OK';
  }
}
