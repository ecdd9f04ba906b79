import type { QueryRunner } from 'typeorm';
import type { Isolation } from '../dialects/dialect.js';

/** What a statement takes: a value, or in PostgreSQL an array of them. */
export type SqlParameter = string | number | null | readonly (string | number | null)[];

/** The result of a statement. */
export interface SqlAnswer {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** How many rows it changed. */
  readonly affected: number;
}

/** One connection to the database, which carries one transaction at a time. */
export interface SqlConnection {
  /** Whether a statement may be sent before earlier ones were answered. They are run and answered in order. */
  readonly pipelines: boolean;
  query(sql: string, parameters: readonly SqlParameter[]): Promise<SqlAnswer>;
  begin(isolation: Isolation): Promise<void>;
  /** Returns whether it was a COMMIT: after a refused statement PostgreSQL makes it a ROLLBACK. */
  commit(): Promise<boolean>;
  /** Ends an open transaction. Never throws: if the connection is lost, the database rolls back by itself. */
  rollback(): Promise<void>;
}

/** A connection through TypeORM: one statement after another. */
export class RunnerConnection implements SqlConnection {
  readonly pipelines = false;

  constructor(private readonly runner: QueryRunner) {}

  async query(sql: string, parameters: readonly SqlParameter[]): Promise<SqlAnswer> {
    const { records, affected = 0 } = await this.runner.query(sql, [...parameters], true);
    return { rows: records, affected };
  }

  async begin(isolation: Isolation): Promise<void> {
    await this.runner.startTransaction(isolation);
  }

  async commit(): Promise<boolean> {
    await this.runner.commitTransaction();
    return true;
  }

  async rollback(): Promise<void> {
    if (this.runner.isTransactionActive) await this.runner.rollbackTransaction().catch(() => {});
  }
}
