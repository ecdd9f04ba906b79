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

/** The column of the file by the field of a request that it fills, where the names differ. */
const COLUMN_OF: Readonly<Record<string, string>> = { to: 'phone' };

/** Sends CSV files. The hard part is in `SmsProService.sendBulk()`. */
@Injectable()
export class CampaignsService {
  private readonly uploads = new Map<symbol, UploadProgressDto>();

  constructor(private readonly sms: SmsProService) {}

  /** Stores every row of a file while it is uploaded. The upload is read only as fast as rows are stored. */
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

/** The fields of a form, checked like those of a query. */
function fieldsOf(given: Readonly<Record<string, string>>): Partial<CampaignFieldsDto> {
  const fields = plainToInstance(CampaignFieldsDto, given);
  const errors = validateSync(fields, { whitelist: true, forbidNonWhitelisted: true });
  if (errors.length > 0) throw requestIssues(errors);
  // A field that is not in the form must not hide that of the query.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
