import { safeErrorText } from '../options/sms-pro.logger.js';

/** The code that an error of Redis begins with, such as `NOAUTH` or `READONLY`. */
const ERROR_WORD = /^[A-Z]{3,}\b/;

/** A text for an error of Redis that is safe to log: its message can hold the command, and a command the password. */
export function redisErrorText(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer in time';
  if (error.name === 'NoAnswerError') return 'no answer in time';
  const word = error.name === 'ReplyError' ? (ERROR_WORD.exec(error.message)?.[0] ?? '') : '';
  return `${safeErrorText(error)} ${word}`.trim();
}
