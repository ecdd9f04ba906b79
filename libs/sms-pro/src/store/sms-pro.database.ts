import { Mutex } from 'async-mutex';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { CallerTransactions } from './caller-transaction.js';
import { dialectOf, type Dialect, type Isolation } from './dialect.js';
import { PlannerStatistics } from './planner-statistics.js';
import { int, text } from './row-reader.js';
import { COMMIT, guarded, isRefused, SmsProStoreError } from './store-error.js';
import { openConnection } from './open-connection.js';
import { RunnerConnection, type SqlConnection } from './sql-connection.js';
import { SqlSession } from './sql-session.js';
import { UnitGroup } from './unit-group.js';
import { UnitOfWork } from './unit-of-work.js';

/** How often a transaction is done again that the database broke off. */
const MOST_REPEATS = 5;

/** How long, in ms, units of work go into one transaction: SQLite holds up the whole event loop while it writes. */
const GROUP_MS = 10;

/**
 * The way to the rows. On SQLite, TypeORM has one query runner for all: a plain statement that runs while
 * another flow is inside its transaction lands in it and is lost with it. So every unit of work, reads too,
 * waits its turn there, and those that wait share one transaction.
 */
export class SmsProDatabase {
  private readonly turn: Mutex | null;
  private readonly group: UnitGroup | null;
  private readonly statistics: PlannerStatistics | null;
  /** What a transaction must be told of its isolation; `null` before the server was asked what it does by itself. */
  private isolation: Isolation | null = null;
  /** Connections of the pool that isolate as they must by themselves. */
  private readonly isolated = new WeakSet<object>();
  private readonly listeners = new Set<() => void>();
  private readonly dialect: Dialect;

  private readonly callers: CallerTransactions;

  constructor(
    private readonly dataSource: DataSource,
    readonly account: string,
    /** `host`: the application's own DataSource, which it closes itself. */
    private readonly owner: 'module' | 'host' = 'module',
  ) {
    this.dialect = dialectOf(dataSource.options.type);
    this.turn = this.dialect.singleConnection ? new Mutex() : null;
    this.group = this.dialect.singleConnection ? new UnitGroup((works) => this.commitTogether(works)) : null;
    const { analyzeSql } = this.dialect;
    this.statistics =
      analyzeSql === null
        ? null
        : new PlannerStatistics(async () => void (await this.read((session) => session.all(analyzeSql))));
    this.callers = new CallerTransactions(dataSource);
    if (owner === 'host') this.callers.listen();
  }

  /** The application's own connections are left as they are. */
  private get sessionIsolationSql(): string | null {
    return this.owner === 'host' ? null : this.dialect.sessionIsolationSql;
  }

  /** Whether all work shares one connection, so that each unit waits for the one before. */
  get singleConnection(): boolean {
    return this.dialect.singleConnection;
  }

  /** The kind of database. */
  get kind(): Dialect['name'] {
    return this.dialect.name;
  }

  /** Runs the work in one transaction: all of it is stored, or nothing. May be run again where it was broken off. */
  async transaction<T>(work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    if (this.group !== null) return this.group.join(work);
    const [value] = await this.again(() => this.commitTogether([work]));
    return value as T;
  }

  /**
   * Runs the work inside the caller's transaction: rolled back with it, and followed by `afterCommit` once it is committed.
   * @throws SmsProInputError for a manager that is of another DataSource, or in no transaction
   */
  async inCallersTransaction<T>(
    manager: EntityManager,
    work: (session: SqlSession) => Promise<T>,
    afterCommit: () => void,
  ): Promise<T> {
    const runner = this.callers.runnerOf(manager);
    const result = await work(new SqlSession(new RunnerConnection(runner), this.dialect));
    this.callers.afterCommit(runner, afterCommit);
    return result;
  }

  /** Runs reads on one connection, outside a transaction. */
  async read<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.inTurn((connection) => work(new SqlSession(connection, this.dialect)));
  }

  /** Calls the listener after each commit that told events. A hint: it may be lost. */
  onEventsCommitted(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The database's own clock, in epoch milliseconds. */
  async databaseTime(): Promise<number> {
    const row = await this.read((session) => session.first(this.dialect.nowSql));
    return int(row ?? {}, 'now_ms');
  }

  /** Closes the connection after the last unit of work has ended. */
  async close(): Promise<void> {
    await this.statistics?.idle();
    const destroy = async () => {
      if (this.owner === 'module' && this.dataSource.isInitialized) await this.dataSource.destroy();
    };
    await (this.turn ? this.turn.runExclusive(destroy) : destroy());
  }

  /** Runs units of work in one transaction, as many as there is time for, and gives back what each returned. */
  private async commitTogether(works: readonly ((unit: UnitOfWork) => Promise<unknown>)[]): Promise<unknown[]> {
    let told = 0;
    let inserted = 0;
    const values = await this.inTurn(async (connection) => {
      const unit = new UnitOfWork(connection, this.dialect, this.account);
      const isolation = await this.isolationNeeded(unit);
      await guarded(() => connection.begin(isolation));
      try {
        const returned: unknown[] = [];
        const startedAt = performance.now();
        for (const work of works) {
          if (returned.length > 0 && performance.now() - startedAt > GROUP_MS) break;
          returned.push(await work(unit));
        }
        told = unit.told;
        await writeAndCommit(unit, connection);
        inserted = unit.inserted;
        return returned;
      } catch (error) {
        // The first error is the one that tells why.
        await connection.rollback();
        throw error;
      }
    });
    if (told > 0) for (const listener of this.listeners) listener();
    this.statistics?.note(inserted);
    return values;
  }

  /** A server that isolates as it must by itself needs no statement for it before each transaction. */
  private async isolationNeeded(session: SqlSession): Promise<Isolation> {
    if (this.isolation === null) {
      const { isolation, isolationSql } = this.dialect;
      const row = isolationSql === null ? null : await session.first(isolationSql);
      const answer = row === null ? null : text(row, 'isolation').replaceAll('-', ' ').toUpperCase();
      const byItself = this.sessionIsolationSql === null ? answer : isolation;
      // What the application set for its own transactions would hold for these too.
      const set: unknown = Reflect.get(this.dataSource.options, 'isolationLevel') ?? isolation;
      this.isolation = byItself === isolation && set === isolation ? undefined : isolation;
    }
    return this.isolation;
  }

  /** A transaction that the database broke off for another one's sake left nothing behind, and is done again. */
  private async again<T>(once: () => Promise<T>): Promise<T> {
    for (let left = MOST_REPEATS; ; left -= 1) {
      try {
        return await once();
      } catch (error) {
        if (left === 0 || !this.dialect.isBrokenOff(error)) throw error;
      }
    }
  }

  /** A connection of the module's own is told once how to isolate, so that its transactions need not be. */
  private async isolateBySession(runner: QueryRunner): Promise<void> {
    const sql = this.sessionIsolationSql;
    if (sql === null) return;
    const client: object = await runner.connect();
    if (this.isolated.has(client)) return;
    await runner.query(sql);
    this.isolated.add(client);
  }

  private async inTurn<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    const run = async () => {
      const runner = this.dataSource.createQueryRunner();
      try {
        await guarded(() => this.isolateBySession(runner));
        return await work(await guarded(() => openConnection(runner)));
      } finally {
        await runner.release();
      }
    };
    return this.turn ? this.turn.runExclusive(run) : run();
  }
}

/** Ends a transaction: where the connection pipelines, what is left to write and the COMMIT are one trip. */
async function writeAndCommit(unit: UnitOfWork, connection: SqlConnection): Promise<void> {
  const commit = () => guarded(() => connection.commit(), COMMIT);
  if (!connection.pipelines) {
    await unit.flush();
    await commit();
    return;
  }
  const [written, committed] = await Promise.allSettled([unit.flush(), commit()]);
  // A statement that the server refused makes the COMMIT behind it a ROLLBACK. Where the connection broke instead,
  // nobody knows how far it came.
  if (committed.status === 'rejected') {
    throw written.status === 'rejected' && isRefused(written.reason) ? written.reason : committed.reason;
  }
  if (written.status === 'fulfilled' && committed.value) return;
  const fault: unknown = written.status === 'rejected' ? written.reason : new Error('The COMMIT was a ROLLBACK.');
  // One that never reached the server left the others to be committed.
  throw committed.value ? new SmsProStoreError(fault, COMMIT) : fault;
}
