import { HttpException, HttpStatus } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { SmsProBulkStoppedError, type BulkStoppedBy, type SmsProIssue } from 'nestjs-sms-pro';
import { ErrorBodyDto } from '../errors/error-body.dto.js';
import { CsvFault } from './csv-fault.js';

/** What a caller reads when a file was stored in part. */
export class CampaignStoppedDto extends ErrorBodyDto {
  @ApiProperty({ type: String, format: 'uuid' })
  readonly campaignId!: string;

  @ApiProperty({ type: Number, example: 20000, description: 'Rows that are stored, and go out.' })
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

const TITLE: Partial<Record<HttpStatus, string>> = {
  [HttpStatus.BAD_REQUEST]: 'Bad Request',
  [HttpStatus.CONFLICT]: 'Conflict',
  [HttpStatus.SERVICE_UNAVAILABLE]: 'Service Unavailable',
  [HttpStatus.INTERNAL_SERVER_ERROR]: 'Internal Server Error',
};

function issueOf({ line, message }: CsvFault): SmsProIssue {
  return { path: line === undefined ? 'file' : `line ${line}`, message };
}

/** The answer to a file that cannot be read; nothing of it is stored. */
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

/** The answer to a file of which a beginning is stored. */
export function campaignStopped({ stoppedBy, receipt, cause, message }: SmsProBulkStoppedError): HttpException {
  const statusCode = STATUS[stoppedBy];
  const isFault = cause instanceof CsvFault;
  const advice =
    'Send the file again with the same Idempotency-Key to go on from there, or DELETE the campaign to take it back.';
  const body = {
    statusCode,
    error: TITLE[statusCode],
    message: `${isFault ? 'The file has faults: see issues.' : message} ${receipt.messages} rows are stored and go out. ${advice}`,
    ...(isFault ? { issues: [issueOf(cause)] } : {}),
    campaignId: receipt.campaignId,
    messages: receipt.messages,
  };
  return new HttpException(body, statusCode, { cause });
}
