import { isDatabaseFailure, SmsProError } from '../errors/sms-pro.errors.js';

/** Receives the module's log lines. None of them has a credential, a text or a full phone number in it. */
export interface SmsProLogger {
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  debug(message: string): void;
}

/**
 * Logs that a step failed. A failure of the database is left out: the store itself logs it, once a second at most,
 * since every loop of the process meets it.
 */
export function logFailed(log: (text: string) => void, error: unknown, describe: (why: string) => string): void {
  if (isDatabaseFailure(error)) return;
  log(describe(safeErrorText(error).replace(/\.$/, '')));
}

/**
 * Describes an error without secrets: this package's errors by their message, all others only by name and code, since
 * their messages may hold a text, a phone or a password.
 */
export function safeErrorText(error: unknown): string {
  if (!(error instanceof Error)) return 'a value that is not an Error was thrown';
  if (error instanceof SmsProError) return error.message;
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  return `${error.name}${code}`;
}
