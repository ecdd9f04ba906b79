import type { DataSource, QueryRunner } from 'typeorm';

/** SQLite as its driver shows it. */
export interface RawHandle {
  readonly inTransaction: boolean;
  exec(sql: string): unknown;
}

type Query = (sql: string, parameters?: unknown[], structured?: boolean) => Promise<unknown>;

/** SQLite on a disk that fails: what COMMITs meet before SQLite sees them. */
export class FailingCommits {
  commits = 0;
  private next: (() => void) | null = null;

  private constructor(readonly handle: RawHandle) {}

  /** TypeORM has one query runner for SQLite, so its statements are met here. */
  static async on(dataSource: DataSource): Promise<FailingCommits> {
    const runner: QueryRunner = dataSource.createQueryRunner();
    const failing = new FailingCommits((await runner.connect()) as RawHandle);
    const query = runner.query.bind(runner) as Query;
    const watched: Query = async (sql, ...rest) => {
      if (sql === 'COMMIT') failing.meet();
      return query(sql, ...rest);
    };
    Reflect.set(runner, 'query', watched);
    return failing;
  }

  /** The next COMMIT fails. `rolledBack`: SQLite has rolled back by itself, as on a full disk. */
  failNext(code: string, rolledBack: boolean): void {
    this.next = () => {
      if (rolledBack) this.handle.exec('ROLLBACK');
      throw Object.assign(new Error(code), { code });
    };
  }

  private meet(): void {
    this.commits += 1;
    const { next } = this;
    this.next = null;
    next?.();
  }
}
