import type { Dialect } from './dialect.js';
import { EVENT_TABLE, eventRow, type NewEvent } from './event-rows.js';
import type { SqlConnection } from './sql-connection.js';
import { SqlSession, type SqlValue } from './sql-session.js';

/** A table whose rows are written at the end of a transaction, and the columns they have. */
export interface AppendedTable {
  readonly name: string;
  readonly columns: readonly string[];
}

/**
 * One transaction, with the events that are told of its changes. Several units of work may share it: each must leave
 * the others' rows alone, and may be run again.
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

  /** Writes an event with the change it tells of; it is delivered after commit. */
  tell(event: NewEvent): void {
    this.append(EVENT_TABLE, eventRow(this.account, event));
  }

  /** Writes a row at the end of the transaction, together with others of its table: for what nobody reads before. */
  append(table: AppendedTable, row: readonly SqlValue[]): void {
    const rows = this.appended.get(table);
    if (rows === undefined) this.appended.set(table, [row]);
    else rows.push(row);
  }

  /**
   * Runs a work that ends the unit, and whose outcome nobody waits for: on a connection that pipelines it goes in one
   * trip with the COMMIT, after what was appended.
   */
  async atEnd(work: () => Promise<unknown>): Promise<void> {
    if (this.pipelines) this.last.push(work);
    else await work();
  }

  /** How many events were told. */
  get told(): number {
    return this.appended.get(EVENT_TABLE)?.length ?? 0;
  }

  /** Puts into the transaction what was kept for its end. */
  async flush(): Promise<void> {
    const inserts = [...this.appended].map(
      ([table, rows]) =>
        () =>
          this.insert(table.name, table.columns, rows),
    );
    await this.together([...inserts, ...this.last]);
  }
}
