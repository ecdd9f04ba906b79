import type { DataSourceOptions } from 'typeorm';
import type { Isolation } from './dialect.js';
import type { SqlAnswer, SqlConnection, SqlParameter } from './sql-connection.js';

/** As much of a client of `pg` as is used. */
interface PgClient {
  query(
    sql: string,
    values?: readonly SqlParameter[],
  ): Promise<{ readonly rows: SqlAnswer['rows']; readonly rowCount: number | null; readonly command: string }>;
}

/** A client of `pg` that was opened with `pipeline: true`; older drivers know nothing of it, and go without. */
export function isPipelinedClient(client: unknown): client is PgClient {
  return typeof client === 'object' && client !== null && Reflect.get(client, 'pipeline') === true;
}

/** Options of the module's own DataSource: on PostgreSQL its connections pipeline, unless the options say otherwise. */
export function withPipeline(options: DataSourceOptions): DataSourceOptions {
  if (options.type !== 'postgres') return options;
  return { ...options, extra: { pipeline: true, ...(options.extra as object | undefined) } };
}

/**
 * A connection to PostgreSQL on which statements are sent one behind the other, and not one for each answer: on a
 * server it is the trips that cost. Each statement is sent in the moment it is asked for, so that what is asked for
 * first is done first; TypeORM, which first waits a while, is passed by.
 */
export class PipelinedConnection implements SqlConnection {
  readonly pipelines = true;
  private begun: Promise<unknown> = Promise.resolve();

  constructor(private readonly client: PgClient) {}

  async query(sql: string, parameters: readonly SqlParameter[]): Promise<SqlAnswer> {
    const { rows, rowCount } = await this.client.query(sql, parameters);
    return { rows, affected: rowCount ?? 0 };
  }

  /** Sends no more than the word: the first statement goes right behind it, and `commit` hears how it went. */
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
