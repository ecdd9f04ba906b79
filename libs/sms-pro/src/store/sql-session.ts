import type { Dialect } from './dialect.js';
import { insertUnnest, insertValues, type SqlStatement } from './insert-statement.js';
import type { SqlAnswer, SqlConnection } from './sql-connection.js';
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

  /** Inserts one row unless it is there; whether it was not. Aborts no transaction. */
  async insertNew(table: string, row: Readonly<Record<string, SqlValue>>): Promise<boolean> {
    const columns = Object.keys(row);
    const into = `${table} (${columns.join(', ')}) VALUES (${marks(columns.length)})`;
    return (await this.run(this.dialect.insertIgnore(into), Object.values(row))) === 1;
  }

  /** How many rows a statement changed. */
  async run(sql: string, parameters: readonly SqlValue[] = []): Promise<number> {
    return (await this.query(sql, parameters)).affected;
  }

  /** How many rows a statement changed that was made for these rows. */
  async change(statement: SqlStatement): Promise<number> {
    return (await this.statement(statement)).affected;
  }

  /** Writes rows in chunks that every driver takes; every column is given, none is left to a default. */
  async insert(table: string, columns: readonly string[], rows: readonly (readonly SqlValue[])[]): Promise<void> {
    this.inserted += rows.length;
    const into = `INSERT INTO ${table} (${columns.join(', ')})`;
    const parts = [...this.parts(columns.length, rows)];
    await this.together(
      parts.map((part) => async () => {
        const write = part.length >= this.dialect.unnestFrom ? insertUnnest : insertValues;
        await this.statement(write(into, columns.length, part));
      }),
    );
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

  /**
   * Runs works of which none needs what another one gives: sent at once where the connection takes that, else one
   * after another. They are done in their order.
   */
  async together<T extends readonly unknown[]>(works: { readonly [K in keyof T]: () => Promise<T[K]> }): Promise<T> {
    const given: unknown[] = [];
    if (this.pipelines) given.push(...(await Promise.all(works.map((work) => work()))));
    else for (const work of works) given.push(await work());
    return given as unknown as T;
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

  private async query(sql: string, parameters: readonly SqlValue[]): Promise<SqlAnswer> {
    return this.statement({ sql, parameters });
  }

  private async statement({ sql, parameters }: SqlStatement): Promise<SqlAnswer> {
    return guarded(() => this.connection.query(this.dialect.placeholders(sql), parameters), sql);
  }
}
