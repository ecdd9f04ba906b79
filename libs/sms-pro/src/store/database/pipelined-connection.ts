import type { Isolation } from '../dialects/dialect.js';
import type { SqlAnswer, SqlConnection, SqlParameter } from './sql-connection.js';

/** The part of a client of `pg` that is used. */
interface PgClient {
  query(
    sql: string,
    values?: readonly SqlParameter[],
  ): Promise<{ readonly rows: SqlAnswer['rows']; readonly rowCount: number | null; readonly command: string }>;
}

/** A client of `pg` that was opened with `pipeline: true`. Older drivers do not know the option, and go without. */
export function isPipelinedClient(client: unknown): client is PgClient {
  return typeof client === 'object' && client !== null && Reflect.get(client, 'pipeline') === true;
}

/**
 * A connection to PostgreSQL that sends statements without waiting for earlier answers: on a server the round trips
 * cost most. Each statement is sent the moment it is asked for, so the order of the calls is the order of the work.
 * TypeORM is bypassed, since it waits a little before it sends.
 */
export class PipelinedConnection implements SqlConnection {
  readonly pipelines = true;
  private begun: Promise<unknown> = Promise.resolve();

  constructor(private readonly client: PgClient) {}

  async query(sql: string, parameters: readonly SqlParameter[]): Promise<SqlAnswer> {
    const { rows, rowCount } = await this.client.query(sql, parameters);
    return { rows, affected: rowCount ?? 0 };
  }

  /** Only sends the statement: the first query follows right behind it, and `commit` checks the result. */
  async begin(isolation: Isolation): Promise<void> {
    this.begun = this.client.query(
      `START TRANSACTION${isolation === undefined ? '' : ` ISOLATION LEVEL ${isolation}`}`,
    );
    this.begun.catch(() => {});
  }

  async commit(): Promise<boolean> {
    const [, { command }] = await Promise.all([this.begun, this.client.query('COMMIT')]);
    return command === 'COMMIT';
  }

  async rollback(): Promise<void> {
    await this.client.query('ROLLBACK').catch(() => {});
  }
}
