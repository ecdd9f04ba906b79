import type { IncomingMessage } from 'node:http';
import { Injectable, NotFoundException } from '@nestjs/common';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { SmsProBulkStoppedError, SmsProService, type CampaignStatus, type CanceledCount } from 'nestjs-sms-pro';
import { requestIssues } from '../errors/request-issues.js';
import { CampaignFieldsDto } from './campaign-fields.dto.js';
import type { CampaignReceiptDto } from './campaign-receipt.dto.js';
import { CampaignSource } from './campaign-source.js';
import type { UploadProgressDto } from './campaign-status.dto.js';
import { campaignStopped, fileRefused } from './campaign-stopped.js';
import { CsvFault } from './csv-fault.js';
import { openCsv } from './csv-rows.js';
import { uploadOf, type Upload } from './upload.js';

/** Columns of the file by the fields of a request that they fill. */
const COLUMN_OF: Readonly<Record<string, string>> = { to: 'phone' };

/** Sends files of rows. Everything hard about it is in `SmsProService.sendBulk()`. */
@Injectable()
export class CampaignsService {
  private readonly uploads = new Map<symbol, UploadProgressDto>();

  constructor(private readonly sms: SmsProService) {}

  /** Stores every row of the file that is on its way, as fast as they are stored and no faster. */
  async create(
    request: IncomingMessage,
    query: CampaignFieldsDto,
    idempotencyKey: string | undefined,
  ): Promise<CampaignReceiptDto> {
    const key = Symbol('upload');
    let upload: Upload | undefined;
    try {
      upload = await uploadOf(request);
      const fields = { ...query, ...fieldsOf(upload.fields) };
      const source = new CampaignSource(await openCsv(upload.bytes, upload.charset), fields);
      const { rejected, ...receipt } = await this.sms.sendBulk(source, {
        idempotencyKey,
        onProgress: (progress) => void this.uploads.set(key, { ...progress, idempotencyKey: idempotencyKey ?? null }),
      });
      return {
        ...receipt,
        rejected: rejected.map(({ index, issues }) => ({
          line: source.lineOf(index),
          issues: issues.map(({ path, message }) => ({ path: COLUMN_OF[path] ?? path, message })),
        })),
      };
    } catch (error) {
      upload?.discard();
      if (error instanceof CsvFault) throw fileRefused(error);
      if (error instanceof SmsProBulkStoppedError) throw campaignStopped(error, idempotencyKey !== undefined);
      throw error;
    } finally {
      this.uploads.delete(key);
    }
  }

  /** The uploads that this process is storing now. */
  running(): UploadProgressDto[] {
    return [...this.uploads.values()];
  }

  async status(campaignId: string): Promise<CampaignStatus> {
    const status = await this.sms.campaign(campaignId);
    if (status === null) throw new NotFoundException('There is no campaign with this id.');
    return status;
  }

  async cancel(campaignId: string): Promise<CanceledCount> {
    return this.sms.cancelCampaign(campaignId);
  }
}

/** Fields of a form, checked as those of a query are. */
function fieldsOf(given: Readonly<Record<string, string>>): Partial<CampaignFieldsDto> {
  const fields = plainToInstance(CampaignFieldsDto, given);
  const errors = validateSync(fields, { whitelist: true, forbidNonWhitelisted: true });
  if (errors.length > 0) throw requestIssues(errors);
  // Fields that did not come leave those of the query as they are.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
