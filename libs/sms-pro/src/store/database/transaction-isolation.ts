import type { DataSource, QueryRunner } from 'typeorm';
import type { Dialect, Isolation } from '../dialects/dialect.js';
import { text } from './row-reader.js';
import type { SqlSession } from './sql-session.js';

/** Makes every transaction run under the isolation of the dialect, with as few statements as possible. */
export class TransactionIsolation {
  /** The isolation that each transaction must set; `null` before the default of the server was read. */
  private isolation: Isolation | null = null;
  /** Connections of the pool whose isolation is already set. */
  private readonly isolated = new WeakSet<object>();

  constructor(
    private readonly dialect: Dialect,
    private readonly dataSource: DataSource,
    private readonly owner: 'module' | 'host',
  ) {}

  /** The isolation that a transaction must set: none, if the connection's default is what the module needs. */
  async needed(session: SqlSession): Promise<Isolation> {
    if (this.isolation === null) {
      const { isolation, isolationSql } = this.dialect;
      const row = isolationSql === null ? null : await session.first(isolationSql);
      const serverDefault = row === null ? null : text(row, 'isolation').replaceAll('-', ' ').toUpperCase();
      const connectionDefault = this.sessionIsolationSql === null ? serverDefault : isolation;
      // What the application set for its own transactions would apply to these too.
      const applied: unknown = Reflect.get(this.dataSource.options, 'isolationLevel') ?? isolation;
      this.isolation = connectionDefault === isolation && applied === isolation ? undefined : isolation;
    }
    return this.isolation;
  }

  /** The application's own connections are left as they are. */
  private get sessionIsolationSql(): string | null {
    return this.owner === 'host' ? null : this.dialect.sessionIsolationSql;
  }

  /** Sets the isolation of a connection of the module's own once, so that its transactions need not set it. */
  async prepare(runner: QueryRunner): Promise<void> {
    const sql = this.sessionIsolationSql;
    if (sql === null) return;
    const client: object = await runner.connect();
    if (this.isolated.has(client)) return;
    await runner.query(sql);
    this.isolated.add(client);
  }
}
