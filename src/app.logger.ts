import { ConsoleLogger, type LogLevel } from '@nestjs/common';

/** What Nest tells of its own start. A start that fails is thrown too, and told in one line without its stack. */
const START_CHATTER: ReadonlySet<unknown> = new Set([
  'NestFactory',
  'NestApplication',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'ExceptionHandler',
]);

/** The log without what Nest tells of its own start. */
export class AppLogger extends ConsoleLogger {
  constructor(logLevels: LogLevel[] = ['log', 'warn', 'error', 'fatal']) {
    super({ logLevels, colors: process.stdout.isTTY === true && !process.env['NO_COLOR'] });
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (!START_CHATTER.has(rest.at(-1))) super.log(message, ...rest);
  }

  override error(message: unknown, ...rest: unknown[]): void {
    if (!START_CHATTER.has(rest.at(-1))) super.error(message, ...rest);
  }
}
