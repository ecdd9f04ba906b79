import type { DataSourceOptions } from 'typeorm';
import { SmsProConfigError, SmsProError } from '../errors/sms-pro.errors.js';

interface OpenFault {
  readonly codes: readonly string[];
  readonly text?: RegExp;
  /** The sentence that mends it, over the name of the database. */
  readonly sentence: (database: string) => string;
}

/** Each way a SQLite file fails to open. */
const SQLITE_FAULTS: readonly OpenFault[] = [
  {
    codes: ['SQLITE_BUSY'],
    text: /database is locked/,
    sentence: (file) =>
      `The database file "${file}" is in use by another process. A SQLite file serves one process: stop the other one, or give this instance its own file in "database".`,
  },
  {
    codes: ['SQLITE_NOTADB'],
    sentence: (file) => `The file "${file}" is not a SQLite database. Name another file in "database".`,
  },
  {
    codes: ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'ENOENT', 'SQLITE_CANTOPEN', 'SQLITE_READONLY'],
    text: /unable to open|readonly database|does not exist/i,
    sentence: (file) =>
      `The database file "${file}" cannot be written. Let this user write to its folder, or name another file in "database".`,
  },
];

/** Each way a database server fails to open. */
const SERVER_FAULTS: readonly OpenFault[] = [
  {
    codes: ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ECONNRESET'],
    sentence: (server) => `The database ${server} does not answer. Start it, or mend host and port in "database".`,
  },
  {
    codes: ['28P01', '28000', 'ER_ACCESS_DENIED_ERROR', 'ER_DBACCESS_DENIED_ERROR'],
    sentence: (server) => `The database ${server} refuses the user. Mend username and password in "database".`,
  },
  {
    codes: ['3D000', 'ER_BAD_DB_ERROR'],
    sentence: (server) => `The database ${server} is not there. Create it, or name another one in "database".`,
  },
  {
    codes: ['42501', 'ER_TABLEACCESS_DENIED_ERROR', 'ER_CREATE_TABLE_DENIED_ERROR'],
    sentence: (server) =>
      `The user may not create tables in the database ${server}. Grant it, or run SMS_PRO_MIGRATIONS as another user and set migrate: false.`,
  },
];

/** The drivers, and the command that installs each. */
const DRIVERS: Readonly<Record<string, string>> = {
  'better-sqlite3': 'better-sqlite3@12',
  postgres: 'pg@8',
  mysql: 'mysql2@3',
  mariadb: 'mysql2@3',
};

function codesOf(error: unknown): string[] {
  if (typeof error !== 'object' || error === null) return [];
  const nested = 'driverError' in error ? codesOf(error.driverError) : [];
  const several = error instanceof AggregateError ? error.errors.flatMap(codesOf) : [];
  return [...('code' in error ? [String(error.code)] : []), ...nested, ...several];
}

/** A name of the database for people: no credentials. */
function labelOf(options: DataSourceOptions): string {
  if (options.type === 'better-sqlite3') return String(options.database);
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

/** Why a database did not open, with the sentence that mends it. */
export function openError(error: unknown, options: DataSourceOptions): SmsProError {
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && error.name === 'DriverPackageNotInstalledError') {
    return config(`The database driver is missing. Run: npm install ${DRIVERS[options.type] ?? options.type}`);
  }
  if (/bindings file|\.node\b|NODE_MODULE_VERSION/.test(text)) {
    return config(
      'better-sqlite3 is installed without its binary for this Node. Run: npm rebuild better-sqlite3 (needs python3, make and g++)',
    );
  }
  const codes = codesOf(error);
  const faults = options.type === 'better-sqlite3' ? SQLITE_FAULTS : SERVER_FAULTS;
  const fault = faults.find((one) => one.codes.some((code) => codes.includes(code)) || one.text?.test(text) === true);
  if (fault !== undefined) return config(fault.sentence(labelOf(options)), error);
  return new SmsProError(`The database ${labelOf(options)} could not be opened: ${text}`, {
    code: 'STORE',
    retryable: true,
    cause: error,
  });
}
