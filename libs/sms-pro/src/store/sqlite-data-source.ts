import type { DataSourceOptions } from 'typeorm';
import { SmsProConfigError, SmsProError } from '../errors/sms-pro.errors.js';

interface SqliteHandle {
  pragma(source: string): unknown;
}

function isSqliteHandle(value: unknown): value is SqliteHandle {
  return typeof value === 'object' && value !== null && 'pragma' in value && typeof value.pragma === 'function';
}

/** How long, in ms, an open waits for a file that another process holds. The wait blocks the event loop. */
const OPEN_TIMEOUT_MS = 250;

/**
 * What the module asks of its SQLite file. EXCLUSIVE comes before WAL, so that a second process on the file is
 * told that it is in use; FULL, because "stored" is the promise and WAL alone would run NORMAL.
 */
export function prepareSqlite(handle: unknown): void {
  if (!isSqliteHandle(handle)) throw new TypeError('The SQLite driver gave no handle that takes pragmas.');
  handle.pragma('locking_mode = EXCLUSIVE');
  handle.pragma('journal_mode = WAL');
  handle.pragma('synchronous = FULL');
}

/** The host's options for the SQLite file, with what the module must have over them. */
export function sqliteOptions(options: DataSourceOptions): DataSourceOptions {
  if (options.type !== 'better-sqlite3') return options;
  return { timeout: OPEN_TIMEOUT_MS, ...options, prepareDatabase: prepareSqlite };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}

/** Each way a SQLite file fails to open, with the sentence that mends it. */
export function sqliteOpenError(error: unknown, file: string): SmsProError {
  const text = messageOf(error);
  const code = codeOf(error);
  if (error instanceof Error && error.name === 'DriverPackageNotInstalledError') {
    return new SmsProConfigError('The database driver is missing. Run: npm install better-sqlite3@12');
  }
  if (/bindings file|\.node\b|NODE_MODULE_VERSION/.test(text)) {
    return new SmsProConfigError(
      'better-sqlite3 is installed without its binary for this Node. Run: npm rebuild better-sqlite3 (needs python3, make and g++)',
    );
  }
  if (code === 'SQLITE_BUSY' || /database is locked/.test(text)) {
    return new SmsProConfigError(
      `The database file "${file}" is in use by another process. A SQLite file serves one process: stop the other one, or give this instance its own file in "database".`,
    );
  }
  if (
    ['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST', 'SQLITE_CANTOPEN', 'SQLITE_READONLY'].includes(code) ||
    /unable to open|readonly database|does not exist/i.test(text)
  ) {
    return new SmsProConfigError(
      `The database file "${file}" cannot be written. Let this user write to its folder, or name another file in "database".`,
      { cause: error },
    );
  }
  if (code === 'SQLITE_NOTADB') {
    return new SmsProConfigError(`The file "${file}" is not a SQLite database. Name another file in "database".`);
  }
  return new SmsProError(`The database "${file}" could not be opened: ${text}`, {
    code: 'STORE',
    retryable: true,
    cause: error,
  });
}
