import type { DataSourceOptions } from 'typeorm';
import { SmsProConfigError, SmsProError } from '../../errors/sms-pro.errors.js';
import { dialectOf } from '../dialects/dialect-of.js';

function codesOf(error: unknown): string[] {
  if (typeof error !== 'object' || error === null) return [];
  const nested = 'driverError' in error ? codesOf(error.driverError) : [];
  const several = error instanceof AggregateError ? error.errors.flatMap(codesOf) : [];
  return [...('code' in error ? [String(error.code)] : []), ...nested, ...several];
}

/** How the database is named in a message, without credentials. */
function labelOf(options: DataSourceOptions): string {
  const file = dialectOf(options.type).databaseFile(options);
  if (file !== null) return file;
  const {
    url,
    host = 'localhost',
    port,
    database = '',
  } = options as {
    url?: string;
    host?: string;
    port?: number;
    database?: string;
  };
  if (url !== undefined && URL.canParse(url)) {
    const parsed = new URL(url);
    return `${options.type} ${parsed.host}${parsed.pathname}`;
  }
  return `${options.type} ${host}${port === undefined ? '' : `:${port}`}/${database}`;
}

function config(sentence: string, cause?: unknown): SmsProConfigError {
  return new SmsProConfigError(sentence, { path: 'database', ...(cause === undefined ? {} : { cause }) });
}

/** Why a database did not open, and how to fix it. */
export function openError(error: unknown, options: DataSourceOptions): SmsProError {
  const dialect = dialectOf(options.type);
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && error.name === 'DriverPackageNotInstalledError') {
    return config(`The database driver is missing. Run: npm install ${dialect.driver}`);
  }
  const codes = codesOf(error);
  const fault = dialect.openFaults.find(
    (one) => one.codes.some((code) => codes.includes(code)) || one.text?.test(text) === true,
  );
  if (fault !== undefined) return config(fault.sentence(labelOf(options)), error);
  return new SmsProError(`The database ${labelOf(options)} could not be opened: ${text}`, {
    code: 'STORE',
    retryable: true,
    cause: error,
  });
}
