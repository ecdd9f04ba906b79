import type { Dialect } from '../dialects/dialect.js';
import { insertValues } from '../dialects/insert-statement.js';
import { marks, type SqlRowValues, type SqlStatement, type SqlValue } from '../dialects/sql-statement.js';
import type { SqlAnswer, SqlConnection } from './sql-connection.js';
import { guarded } from './store-error.js';

/** One row as a driver returns it, before it has been read. */
export type SqlRow = Readonly<Record<string, unknown>>;

/** Statements on one connection. Placeholders are `?` in every dialect. */
export class SqlSession {
  /** Rows that were written through `insert`. */
  inserted = 0;

  constructor(
    private readonly connection: SqlConnection,
    readonly dialect: Dialect,
  ) {}

  /** Whether statements may be sent before earlier ones were answered. */
  protected get pipelines(): boolean {
    return this.connection.pipelines;
  }

  /** The rows of a query. */
  async all(sql: string, parameters: readonly SqlValue[] = []): Promise<readonly SqlRow[]> {
    return (await this.query(sql, parameters)).rows;
  }

  /** The first row of a query, or `null`. */
  async first(sql: string, parameters: readonly SqlValue[] = []): Promise<SqlRow | null> {
    return (await this.all(sql, parameters))[0] ?? null;
  }

  /** Inserts one row unless it exists, and returns whether it did. An existing row does not abort the transaction. */
  async insertNew(table: string, row: Readonly<Record<string, SqlValue>>): Promise<boolean> {
    const columns = Object.keys(row);
    const into = `${table} (${columns.join(', ')}) VALUES (${marks(columns.length)})`;
    return (await this.run(this.dialect.insertIgnore(into), Object.values(row))) === 1;
  }

  /** Runs a statement; returns how many rows it changed. */
  async run(sql: string, parameters: readonly SqlValue[] = []): Promise<number> {
    return (await this.query(sql, parameters)).affected;
  }

  /** Runs a statement that was built by a dialect; returns how many rows it changed. */
  async change(statement: SqlStatement): Promise<number> {
    return (await this.statement(statement)).affected;
  }

  /** Writes rows in parts that the driver takes. Give a value for every column: none has a default. */
  async insert(table: string, columns: readonly string[], rows: SqlRowValues): Promise<void> {
    this.inserted += rows.length;
    const into = `INSERT INTO ${table} (${columns.join(', ')})`;
    const parts = [...this.parts(columns.length, rows)];
    await this.together(
      parts.map((part) => async () => {
        await this.statement(this.dialect.insert(into, columns.length, part));
      }),
    );
  }

  /** Writes those rows that do not exist. Existing ones do not abort the transaction. */
  async insertMissing(table: string, columns: readonly string[], rows: SqlRowValues): Promise<void> {
    for (const part of this.parts(columns.length, rows)) {
      const { sql, parameters } = insertValues(`${table} (${columns.join(', ')})`, columns.length, part);
      await this.statement({ sql: this.dialect.insertIgnore(sql), parameters });
    }
  }

  /**
   * Runs works that do not need each other's results: all together if the connection pipelines, else one after
   * another. The database runs them in their order.
   */
  async together<T extends readonly unknown[]>(works: { readonly [K in keyof T]: () => Promise<T[K]> }): Promise<T> {
    const results: unknown[] = [];
    if (this.pipelines) results.push(...(await Promise.all(works.map((work) => work()))));
    else for (const work of works) results.push(await work());
    return results as unknown as T;
  }

  private *parts<R>(columns: number, rows: readonly R[]): Generator<readonly R[]> {
    const { maxInsertRows, maxParameters, insertSizes } = this.dialect.batches;
    const max = Math.min(maxInsertRows, Math.floor(maxParameters / columns));
    for (let at = 0; at < rows.length;) {
      const left = rows.length - at;
      const size = insertSizes.find((one) => one <= left) ?? Math.min(max, left);
      yield rows.slice(at, at + size);
      at += size;
    }
  }

  private async query(sql: string, parameters: readonly SqlValue[]): Promise<SqlAnswer> {
    return this.statement({ sql, parameters });
  }

  private async statement({ sql, parameters }: SqlStatement): Promise<SqlAnswer> {
    return guarded(() => this.connection.query(this.dialect.placeholders(sql), parameters), sql);
  }
}
