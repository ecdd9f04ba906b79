import type { QueryResult, QueryRunner } from 'typeorm';
import type { Dialect } from './dialect.js';
import { insertUnnest, insertValues, type InsertStatement } from './insert-statement.js';
import { guarded } from './store-error.js';

/** What SQL takes as a parameter. Instants are epoch milliseconds, flags are numbers, in every dialect. */
export type SqlValue = string | number | null;

/** One row as a driver gives it, before it has been read. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** `?, ?, ?` for a list of parameters. */
export function marks(count: number): string {
  return Array.from({ length: count }, () => '?').join(', ');
}

/** Statements on one connection. Placeholders are `?` in every dialect. */
export class SqlSession {
  /** Rows that were written through `insert`. */
  inserted = 0;

  constructor(
    private readonly runner: QueryRunner,
    readonly dialect: Dialect,
  ) {}

  /** The rows of a query. */
  async all(sql: string, parameters: readonly SqlValue[] = []): Promise<SqlRow[]> {
    return (await this.query(sql, parameters)).records;
  }

  /** The first row of a query, or `null`. */
  async first(sql: string, parameters: readonly SqlValue[] = []): Promise<SqlRow | null> {
    return (await this.all(sql, parameters))[0] ?? null;
  }

  /** Inserts one row unless it is there; whether it was not. Aborts no transaction. */
  async insertNew(table: string, row: Readonly<Record<string, SqlValue>>): Promise<boolean> {
    const columns = Object.keys(row);
    const into = `${table} (${columns.join(', ')}) VALUES (${marks(columns.length)})`;
    return (await this.run(this.dialect.insertIgnore(into), Object.values(row))) === 1;
  }

  /** How many rows a statement changed. */
  async run(sql: string, parameters: readonly SqlValue[] = []): Promise<number> {
    return this.dialect.affected(await this.query(sql, parameters));
  }

  /** Writes rows in chunks that every driver takes; every column is given, none is left to a default. */
  async insert(table: string, columns: readonly string[], rows: readonly (readonly SqlValue[])[]): Promise<void> {
    this.inserted += rows.length;
    const into = `INSERT INTO ${table} (${columns.join(', ')})`;
    for (const part of this.parts(columns.length, rows)) {
      const write = part.length >= this.dialect.unnestFrom ? insertUnnest : insertValues;
      await this.statement(write(into, columns.length, part));
    }
  }

  /** Writes rows unless they are there. Aborts no transaction. */
  async insertMissing(
    table: string,
    columns: readonly string[],
    rows: readonly (readonly SqlValue[])[],
  ): Promise<void> {
    for (const part of this.parts(columns.length, rows)) {
      const { sql, parameters } = insertValues(`${table} (${columns.join(', ')})`, columns.length, part);
      await this.statement({ sql: this.dialect.insertIgnore(sql), parameters });
    }
  }

  private *parts<R>(columns: number, rows: readonly R[]): Generator<readonly R[]> {
    const most = Math.min(this.dialect.rowsPerStatement, Math.floor(this.dialect.maxParameters / columns));
    for (let at = 0; at < rows.length;) {
      const left = rows.length - at;
      const size = this.dialect.insertSizes.find((one) => one <= left) ?? Math.min(most, left);
      yield rows.slice(at, at + size);
      at += size;
    }
  }

  private async query(sql: string, parameters: readonly SqlValue[]): Promise<QueryResult> {
    return this.statement({ sql, parameters });
  }

  private async statement({ sql, parameters }: InsertStatement): Promise<QueryResult> {
    return guarded(() => this.runner.query(this.dialect.placeholders(sql), [...parameters], true), sql);
  }
}
