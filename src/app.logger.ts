import { ConsoleLogger, type LogLevel } from '@nestjs/common';

/** The sources of Nest's messages about its own start. A failed start is also thrown, and printed in one line. */
const START_CONTEXTS: ReadonlySet<unknown> = new Set([
  'NestFactory',
  'NestApplication',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'ExceptionHandler',
]);

/** The log without Nest's messages about its own start. */
export class AppLogger extends ConsoleLogger {
  constructor(logLevels: LogLevel[] = ['log', 'warn', 'error', 'fatal']) {
    super({ logLevels, colors: process.stdout.isTTY === true && !process.env['NO_COLOR'] });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (!START_CONTEXTS.has(rest.at(-1))) super.log(message, ...rest);
  }

  override error(message: unknown, ...rest: unknown[]): void {
    if (!START_CONTEXTS.has(rest.at(-1))) super.error(message, ...rest);
  }
}
