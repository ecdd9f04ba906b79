/** Where the module says what a person should know. Nothing it is given holds a credential, a text or a full phone. */
export interface SmsProLogger {
  log(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  debug(message: string): void;
}

/** An error in words that are safe to log: its name and code, and the message of this package's own errors alone. */
export function safeErrorText(error: unknown): string {
  if (!(error instanceof Error)) return 'a value that is no Error was thrown';
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  return error.name.startsWith('SmsPro') ? error.message : `${error.name}${code}`;
}
