import type { QueryResult, QueryRunner } from 'typeorm';
import type { Dialect } from './dialect.js';
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
    const most = Math.max(1, Math.floor(this.dialect.maxParameters / columns.length));
    const chunk = Math.min(most, this.dialect.rowsPerStatement);
    for (let at = 0; at < rows.length; at += chunk) {
      const part = rows.slice(at, at + chunk);
      const values = part.map(() => `(${marks(columns.length)})`).join(', ');
      await this.run(`INSERT INTO ${table} (${columns.join(', ')}) VALUES ${values}`, part.flat());
    }
  }

  private async query(sql: string, parameters: readonly SqlValue[]): Promise<QueryResult> {
    return guarded(() => this.runner.query(this.dialect.placeholders(sql), [...parameters], true), sql);
  }
}
