import type { QueryRunner } from 'typeorm';
import { RunnerConnection } from './sql-connection.js';

/** The part of a better-sqlite3 database that is used. */
interface SqliteHandle {
  /** What SQLite itself says, whatever became of the last COMMIT or ROLLBACK. */
  readonly inTransaction: boolean;
}

/** Whether it is the handle of better-sqlite3. */
export function isSqliteHandle(client: unknown): client is SqliteHandle {
  return typeof client === 'object' && client !== null && typeof Reflect.get(client, 'inTransaction') === 'boolean';
}

/**
 * The one connection to SQLite. TypeORM counts the depth of transactions by itself, and counts wrong after a COMMIT that
 * failed: SQLite has then rolled back already, the ROLLBACK behind it fails, and every later "commit" would only release
 * a savepoint in a transaction that never ends. So transactions bypass TypeORM, and SQLite's own state decides.
 */
export class SqliteConnection extends RunnerConnection {
  constructor(
    private readonly statements: QueryRunner,
    private readonly handle: SqliteHandle,
  ) {
    super(statements);
  }

  override async begin(): Promise<void> {
    // What an earlier step left open was reported as not stored: it must not be committed with this one.
    if (this.handle.inTransaction) await this.statements.query('ROLLBACK');
    await this.statements.query('BEGIN');
  }

  override async commit(): Promise<boolean> {
    await this.statements.query('COMMIT');
    return true;
  }

  override async rollback(): Promise<void> {
    // If it fails, the next BEGIN tries again.
    if (this.handle.inTransaction) await this.statements.query('ROLLBACK').catch(() => {});
  }
}
