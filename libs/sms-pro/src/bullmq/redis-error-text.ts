import { safeErrorText } from '../options/sms-pro.logger.js';

/** The word that an answer of Redis begins with, such as `NOAUTH` or `READONLY`. */
const ERROR_WORD = /^[A-Z]{3,}\b/;

/** An error of Redis in words that are safe to log: an error of the client holds the command, and that the password. */
export function redisErrorText(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer in time';
  if (error.name === 'NoAnswerError') return 'no answer in time';
  const word = error.name === 'ReplyError' ? (ERROR_WORD.exec(error.message)?.[0] ?? '') : '';
  return `${safeErrorText(error)} ${word}`.trim();
}
