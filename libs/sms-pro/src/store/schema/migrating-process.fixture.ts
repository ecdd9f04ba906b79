import 'reflect-metadata';
import type { DataSourceOptions, Logger } from 'typeorm';
import { openDataSource } from './open-data-source.js';

/** Counts the statements of a start, and ends the process before one of them, as a power cut does. */
class DeadlyLogger implements Logger {
  statements = 0;

  constructor(private readonly killAt: number) {}

  logQuery(): void {
    this.statements += 1;
    if (this.statements === this.killAt) process.kill(process.pid, 'SIGKILL');
  }
  logQueryError(): void {}
  logQuerySlow(): void {}
  logSchemaBuild(): void {}
  logMigration(): void {}
  log(): void {}
}

const [options = '{}', killAt = '0'] = process.argv.slice(2);
const logger = new DeadlyLogger(Number(killAt));
const dataSource = await openDataSource(
  { ...(JSON.parse(options) as DataSourceOptions), logger, logging: true } as DataSourceOptions,
  true,
);
await dataSource.destroy();
process.stdout.write(`${logger.statements}\n`);
