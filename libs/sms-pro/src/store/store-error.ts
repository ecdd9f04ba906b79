import { SmsProError } from '../errors/sms-pro.errors.js';

function own(error: unknown, key: string): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, key) : undefined;
}

/** What the driver calls the fault: its code, or the name of the error. Never its message, which may quote a row. */
function codeOf(error: unknown): string {
  const driverError = own(error, 'driverError') ?? error;
  const code = own(driverError, 'code') ?? own(driverError, 'errno') ?? own(driverError, 'name');
  return typeof code === 'string' || typeof code === 'number' ? String(code) : 'unknown';
}

/** The statement after which a broken connection leaves open whether anything was stored. */
export const COMMIT = 'COMMIT';

/**
 * The database failed. TypeORM's own error holds the parameters of the statement, which are texts and phones, and a
 * driver's message may quote them: this one has the driver's code and the statement without its parameters.
 */
export class SmsProStoreError extends SmsProError {
  /** The driver's code, such as `SQLITE_FULL`, `57P01` or `ER_LOCK_DEADLOCK`. */
  readonly driverCode: string;
  /** The statement that failed, without its parameters. */
  readonly statement: string | undefined;

  constructor(error: unknown, statement?: string) {
    const driverCode = codeOf(error);
    const isCommit = statement === COMMIT;
    const what = isCommit
      ? 'while it committed: it is not known whether this step was stored. Repeat a send() only under the same idempotencyKey'
      : 'and nothing of this step was stored';
    super(`The database failed (${driverCode}) ${what}.`, { code: 'STORE', retryable: !isCommit });
    this.driverCode = driverCode;
    this.statement = statement;
  }
}

/** Whether a COMMIT broke off, so that nobody knows whether it was stored: nothing is done a second time on that ground. */
export function isUnknownCommit(error: unknown): boolean {
  return error instanceof SmsProStoreError && error.statement === COMMIT;
}

/** Whether PostgreSQL itself said no to a statement, which it names by a SQLSTATE; a broken connection has none. */
export function isRefused(error: unknown): boolean {
  return error instanceof SmsProStoreError && /^[0-9FHPX][0-9A-Z]{4}$/.test(error.driverCode);
}

/** Does something with the database, whose errors must not carry what they were about. */
export async function guarded<T>(work: () => Promise<T>, statement?: string): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof SmsProError ? error : new SmsProStoreError(error, statement);
  }
}
