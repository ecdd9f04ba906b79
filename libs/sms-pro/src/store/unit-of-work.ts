import type { QueryRunner } from 'typeorm';
import type { Dialect } from './dialect.js';
import { EVENT_TABLE, eventRow, type NewEvent } from './event-rows.js';
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

  constructor(
    runner: QueryRunner,
    dialect: Dialect,
    readonly account: string,
  ) {
    super(runner, dialect);
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

  /** Puts what was appended into the transaction. Returns how many events there were. */
  async flush(): Promise<number> {
    const events = this.appended.get(EVENT_TABLE)?.length ?? 0;
    for (const [table, rows] of this.appended) await this.insert(table.name, table.columns, rows);
    this.appended.clear();
    return events;
  }
}
