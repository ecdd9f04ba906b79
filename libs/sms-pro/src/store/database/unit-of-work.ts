import type { Dialect } from '../dialects/dialect.js';
import type { SqlValue } from '../dialects/sql-statement.js';
import { EVENT_TABLE, eventRow, type NewEvent } from './new-event.js';
import type { SqlConnection } from './sql-connection.js';
import { SqlSession } from './sql-session.js';

/** A table whose rows are written at the end of a transaction. */
export interface AppendedTable {
  readonly name: string;
  readonly columns: readonly string[];
}

/**
 * One transaction, with the events that its changes cause. Several units of work may share it: each must leave the
 * rows of the others alone, and may be run again.
 */
export class UnitOfWork extends SqlSession {
  private readonly appended = new Map<AppendedTable, (readonly SqlValue[])[]>();
  private readonly last: (() => Promise<unknown>)[] = [];

  constructor(
    connection: SqlConnection,
    dialect: Dialect,
    readonly account: string,
  ) {
    super(connection, dialect);
  }

  /** Writes an event in the transaction of the change that caused it. It is delivered after commit. */
  recordEvent(event: NewEvent): void {
    this.append(EVENT_TABLE, eventRow(this.account, event));
  }

  /** Writes a row at the end of the transaction, together with others of its table: for rows that it does not read. */
  append(table: AppendedTable, row: readonly SqlValue[]): void {
    const rows = this.appended.get(table);
    if (rows === undefined) this.appended.set(table, [row]);
    else rows.push(row);
  }

  /**
   * Runs a work that ends the unit, and whose result the unit does not need: on a connection that pipelines it is sent
   * together with the COMMIT, after what was appended.
   */
  async atEnd(work: () => Promise<unknown>): Promise<void> {
    if (this.pipelines) this.last.push(work);
    else await work();
  }

  /** How many events were recorded. */
  get recordedEvents(): number {
    return this.appended.get(EVENT_TABLE)?.length ?? 0;
  }

  /** Writes what was kept for the end of the transaction. */
  async flush(): Promise<void> {
    const inserts = [...this.appended].map(
      ([table, rows]) =>
        () =>
          this.insert(table.name, table.columns, rows),
    );
    await this.together([...inserts, ...this.last]);
  }
}
