import { types } from 'node:util';
import { SmsProConfigError, SmsProGatewayError } from 'nestjs-sms-pro';

interface ListenError extends Error {
  readonly code: string;
  readonly address?: string;
  readonly port?: number;
}

const LISTEN_FAULTS: Readonly<Record<string, (error: ListenError) => string>> = {
  EADDRINUSE: ({ port }) => `Port ${port} is in use: stop what listens there, or set PORT to another one.`,
  EACCES: ({ port }) => `Port ${port} may not be opened by this user: set PORT to one above 1023.`,
  EADDRNOTAVAIL: ({ address }) => `${address} is not an address of this machine: set HOST to one, such as 127.0.0.1.`,
  ENOTFOUND: () => 'HOST is not an address of this machine: set it to one, such as 127.0.0.1.',
};

/** Why the service did not start and what to do about it, in one line. */
export function explainStartFailure(error: unknown): string {
  if (error instanceof SmsProGatewayError) {
    return `The gateway refused SMS_PRO_LOGIN and SMS_PRO_PASSWORD (status ${error.status}). ${oneLine(error.hint)}`;
  }
  // The module names its option; here a variable sets it.
  if (error instanceof SmsProConfigError) return oneLine(error.message).replaceAll('"database"', 'SMS_PRO_DATABASE');
  if (isListenError(error)) return LISTEN_FAULTS[error.code]?.(error) ?? oneLine(error.message);
  return oneLine(types.isNativeError(error) ? error.message : String(error));
}

function isListenError(error: unknown): error is ListenError {
  return types.isNativeError(error) && 'code' in error && 'syscall' in error;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').trim();
}
