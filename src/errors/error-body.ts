import { HttpStatus } from '@nestjs/common';
import { SmsProConfigError, SmsProError, SmsProGatewayError, SmsProInputError } from 'nestjs-sms-pro';
import type { SmsProErrorCode, SmsProIssue } from 'nestjs-sms-pro';

/** The body of an error answer. */
export interface ErrorBody {
  readonly statusCode: number;
  readonly error: string;
  readonly message: string;
  /** Each fault of the request: where it is, and how to fix it. */
  readonly issues?: readonly SmsProIssue[];
  /** Tells the operator of this service how to fix it. */
  readonly hint?: string;
}

/**
 * The HTTP status for each error of the module. A refusal by the gateway is never a 401 or 403 for our caller: the
 * credentials are ours.
 */
const HTTP_STATUS: Readonly<Record<SmsProErrorCode, HttpStatus>> = {
  INPUT: HttpStatus.BAD_REQUEST,
  IDEMPOTENCY_CONFLICT: HttpStatus.CONFLICT,
  NOT_FOUND: HttpStatus.NOT_FOUND,
  GATEWAY: HttpStatus.BAD_GATEWAY,
  PROTOCOL: HttpStatus.BAD_GATEWAY,
  TRANSPORT: HttpStatus.SERVICE_UNAVAILABLE,
  SHUTTING_DOWN: HttpStatus.SERVICE_UNAVAILABLE,
  WAIT_TIMEOUT: HttpStatus.GATEWAY_TIMEOUT,
  BULK_STOPPED: HttpStatus.INTERNAL_SERVER_ERROR,
  STORE: HttpStatus.INTERNAL_SERVER_ERROR,
  INTERNAL: HttpStatus.INTERNAL_SERVER_ERROR,
  CONFIG: HttpStatus.INTERNAL_SERVER_ERROR,
};

const TITLE: Partial<Record<HttpStatus, string>> = {
  [HttpStatus.BAD_REQUEST]: 'Bad Request',
  [HttpStatus.CONFLICT]: 'Conflict',
  [HttpStatus.NOT_FOUND]: 'Not Found',
  [HttpStatus.BAD_GATEWAY]: 'Bad Gateway',
  [HttpStatus.SERVICE_UNAVAILABLE]: 'Service Unavailable',
  [HttpStatus.GATEWAY_TIMEOUT]: 'Gateway Timeout',
};

const UNEXPECTED: ErrorBody = {
  statusCode: 500,
  error: 'Internal Server Error',
  message: 'See the log of the service.',
};

/** The answer to a request that the module could not serve. */
export function errorBody(error: SmsProError): ErrorBody {
  const statusCode = HTTP_STATUS[error.code];
  const title = TITLE[statusCode];
  if (title === undefined || error instanceof SmsProConfigError) return UNEXPECTED;
  const body = { statusCode, error: title };
  if (error instanceof SmsProInputError) {
    return { ...body, message: 'The request has faults: see issues.', issues: error.issues };
  }
  if (error instanceof SmsProGatewayError) {
    return { ...body, message: 'The SMS gateway refused the request of this service.', hint: error.hint };
  }
  return { ...body, message: error.message };
}
