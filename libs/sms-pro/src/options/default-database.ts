import type { DataSourceOptions } from 'typeorm';
import { DEFAULT_ACCOUNT } from './sms-pro.extras.js';

/** The default database: one SQLite file per instance, relative to the working directory of the process. */
export function defaultDatabase(account: string): DataSourceOptions {
  const file = account === DEFAULT_ACCOUNT ? 'data/sms-pro.sqlite' : `data/sms-pro.${account}.sqlite`;
  return { type: 'better-sqlite3', database: file };
}
