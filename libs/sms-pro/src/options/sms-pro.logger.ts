import { SmsProError } from '../errors/sms-pro.errors.js';

/** Receives the module's log lines. None of them has a credential, a text or a full phone number in it. */
export interface SmsProLogger {
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  debug(message: string): void;
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
