import { HttpException, HttpStatus } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { SmsProBulkStoppedError, type BulkStoppedBy, type SmsProIssue } from 'nestjs-sms-pro';
import { ErrorBodyDto } from '../errors/error-body.dto.js';
import { CsvFault } from './csv-fault.js';

/** The answer when only a part of the file was stored. */
export class CampaignStoppedDto extends ErrorBodyDto {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly campaignId!: string;

  @ApiProperty({ type: Number, example: 20000, description: 'Rows that are stored and will be sent.' })
  readonly messages!: number;
}

const STATUS: Readonly<Record<BulkStoppedBy, HttpStatus>> = {
  source: HttpStatus.BAD_REQUEST,
  'invalid-request': HttpStatus.BAD_REQUEST,
  signal: HttpStatus.BAD_REQUEST,
  canceled: HttpStatus.CONFLICT,
  'another-run': HttpStatus.CONFLICT,
  shutdown: HttpStatus.SERVICE_UNAVAILABLE,
  store: HttpStatus.SERVICE_UNAVAILABLE,
  'on-progress': HttpStatus.INTERNAL_SERVER_ERROR,
};

const WHY: Readonly<Record<BulkStoppedBy, string>> = {
  source: 'The file ended too early.',
  'invalid-request': 'A row has faults.',
  signal: 'The upload was aborted.',
  canceled: 'The campaign was canceled.',
  'another-run': 'Another upload with this Idempotency-Key is being stored.',
  shutdown: 'The service is shutting down.',
  store: 'The database failed.',
  'on-progress': 'The service failed.',
};

const TITLE: Partial<Record<HttpStatus, string>> = {
  [HttpStatus.BAD_REQUEST]: 'Bad Request',
  [HttpStatus.CONFLICT]: 'Conflict',
  [HttpStatus.SERVICE_UNAVAILABLE]: 'Service Unavailable',
  [HttpStatus.INTERNAL_SERVER_ERROR]: 'Internal Server Error',
};

function issueOf({ line, message }: CsvFault): SmsProIssue {
  return { path: line === undefined ? 'file' : `line ${line}`, message };
}

/** The answer to a file that cannot be read, of which nothing is stored. */
export function fileRefused(fault: CsvFault): HttpException {
  const statusCode = HttpStatus.BAD_REQUEST;
  const body = {
    statusCode,
    error: TITLE[statusCode],
    message: 'The file has faults: see issues. Nothing of it is stored.',
    issues: [issueOf(fault)],
  };
  return new HttpException(body, statusCode);
}

/** What the caller can do next. Without a key the whole file would be a new campaign, and be sent a second time. */
function adviceOf(stoppedBy: BulkStoppedBy, hasKey: boolean): string {
  if (stoppedBy === 'canceled') return 'What was not sent yet is canceled.';
  const goOn = hasKey
    ? 'Send the file again with the same Idempotency-Key to continue from there'
    : 'It came without an Idempotency-Key, so uploading the whole file again would send these rows twice: upload only the rows after them';
  return `${goOn}, or DELETE the campaign to cancel it.`;
}

/**
 * The answer to a file of which only the first rows are stored.
 * @param hasKey whether it came with an `Idempotency-Key`
 */
export function campaignStopped({ stoppedBy, receipt, cause }: SmsProBulkStoppedError, hasKey: boolean): HttpException {
  const statusCode = STATUS[stoppedBy];
  const isFault = cause instanceof CsvFault;
  const body = {
    statusCode,
    error: TITLE[statusCode],
    message: `${isFault ? 'The file has faults: see issues.' : WHY[stoppedBy]} ${receipt.messages} rows are stored. ${adviceOf(stoppedBy, hasKey)}`,
    ...(isFault ? { issues: [issueOf(cause)] } : {}),
    campaignId: receipt.campaignId,
    messages: receipt.messages,
  };
  return new HttpException(body, statusCode, { cause });
}
