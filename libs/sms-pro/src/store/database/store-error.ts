import { SmsProError } from '../../errors/sms-pro.errors.js';

function property(error: unknown, key: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, key) : undefined;
}

/** The driver's code, or the name of the error. Never its message, which may quote a row. */
function codeOf(error: unknown): string {
  const driverError = property(error, 'driverError') ?? error;
  const code = property(driverError, 'code') ?? property(driverError, 'errno') ?? property(driverError, 'name');
  return typeof code === 'string' || typeof code === 'number' ? String(code) : 'unknown';
}

/** Codes of a COMMIT that certainly stored nothing: SQLite had no room to write it. */
const NOTHING_COMMITTED: ReadonlySet<string> = new Set(['SQLITE_FULL']);

/** The one statement after which a broken connection leaves it unknown whether anything was stored. */
export const COMMIT = 'COMMIT';

/**
 * The database failed (code `STORE`). It is `retryable`, unless it failed during COMMIT, when it is unknown whether the
 * step was stored. TypeORM's own error holds the parameters of the statement, which are texts and phones, and a driver's
 * message may quote them: this one holds only the driver's code and the statement without its parameters.
 */
export class SmsProStoreError extends SmsProError {
  /** The driver's code, such as `SQLITE_FULL`, `57P01` or `ER_LOCK_DEADLOCK`. */
  readonly driverCode: string;
  /** The statement that failed, without its parameters. */
  readonly statement: string | undefined;
  /** Whether the step may have been stored all the same. */
  readonly isUnknown: boolean;

  constructor(error: unknown, statement?: string) {
    const driverCode = codeOf(error);
    const isUnknown = statement === COMMIT && !NOTHING_COMMITTED.has(driverCode);
    const what = isUnknown
      ? 'during COMMIT: it is unknown whether this step was stored. Repeat a send() only with the same idempotencyKey'
      : 'and nothing of this step was stored';
    super(`The database failed (${driverCode}) ${what}.`, { code: 'STORE', retryable: !isUnknown });
    this.driverCode = driverCode;
    this.isUnknown = isUnknown;
    this.statement = statement;
  }
}

/** The driver's code of an error, or an empty text for an error that is not the database's. */
export function driverCodeOf(error: unknown): string {
  return error instanceof SmsProStoreError ? error.driverCode : '';
}

/** Whether the connection broke during COMMIT. Then it may have been stored, so nothing may be done a second time. */
export function isUnknownCommit(error: unknown): boolean {
  return error instanceof SmsProStoreError && error.isUnknown;
}

/** Whether PostgreSQL itself refused a statement: its errors have a SQLSTATE, and those of a broken connection do not. */
export function isRefused(error: unknown): boolean {
  return /^[0-9FHPX][0-9A-Z]{4}$/.test(driverCodeOf(error));
}

/** Runs work on the database, and turns its errors into ones that hold no data. */
export async function guarded<T>(work: () => Promise<T>, statement?: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof SmsProError ? error : new SmsProStoreError(error, statement);
  }
}
