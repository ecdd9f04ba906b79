import type { QueryRunner } from 'typeorm';
import type { Isolation } from './dialect.js';

/** What a statement takes: a value, or in PostgreSQL an array of them. */
export type SqlParameter = string | number | null | readonly (string | number | null)[];

/** What a statement gave. */
export interface SqlAnswer {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** Rows that it changed. */
  readonly affected: number;
}

/** One connection to the database, which carries one transaction at a time. */
export interface SqlConnection {
  /** Whether a statement may be sent before the one ahead of it was answered. They are done and answered in order. */
  readonly pipelines: boolean;
  query(sql: string, parameters: readonly SqlParameter[]): Promise<SqlAnswer>;
  begin(isolation: Isolation): Promise<void>;
  /** Whether it was one: after a statement that was refused it is a rollback. */
  commit(): Promise<boolean>;
  /** Ends what was begun and not committed. Never throws: where the connection is gone the database does it by itself. */
  rollback(): Promise<void>;
}

/** A connection by way of TypeORM: one statement after another. */
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
