import { Mutex } from 'async-mutex';
import type { DataSource, EntityManager } from 'typeorm';
import type { BatchSizes, Dialect } from '../dialects/dialect.js';
import { dialectOf } from '../dialects/dialect-of.js';
import { CallerTransactions } from './caller-transaction.js';
import type { DatabaseHealth } from './database-health.js';
import { openConnection } from './open-connection.js';
import { PlannerStatistics } from './planner-statistics.js';
import { int } from './row-reader.js';
import { SharedTransaction } from './shared-transaction.js';
import { RunnerConnection, type SqlConnection } from './sql-connection.js';
import { SqlSession } from './sql-session.js';
import { driverCodeOf, guarded } from './store-error.js';
import { TransactionIsolation } from './transaction-isolation.js';
import { UnitOfWork } from './unit-of-work.js';
import { writeAndCommit } from './write-and-commit.js';

/** How often a transaction that the database aborted is run again, at most. */
const MAX_REPEATS = 5;

/** For how long, in ms, units of work join one transaction: SQLite blocks the whole event loop while it writes. */
const MAX_SHARED_MS = 10;

/** `host`: the application's own DataSource, which it closes itself. */
export type DatabaseOwner = 'module' | 'host';

export interface DatabaseSetup {
  /** @default 'module' */
  readonly owner?: DatabaseOwner;
  /** Told of each failure and of each commit. */
  readonly health?: DatabaseHealth;
}

/**
 * Access to the rows. On SQLite, TypeORM has one query runner for all: a plain statement that runs while another flow
 * is inside its transaction becomes part of it, and is rolled back with it. So there every unit of work waits its turn,
 * reads too, and those that wait share one transaction.
 */
export class SmsProDatabase {
  private readonly turn: Mutex | null;
  private readonly shared: SharedTransaction | null;
  private readonly statistics: PlannerStatistics | null;
  private readonly isolation: TransactionIsolation;
  private readonly listeners = new Set<() => void>();
  private readonly dialect: Dialect;
  private readonly callers: CallerTransactions;
  private readonly owner: DatabaseOwner;
  private readonly health: DatabaseHealth | undefined;

  constructor(
    private readonly dataSource: DataSource,
    readonly account: string,
    { owner = 'module', health }: DatabaseSetup = {},
  ) {
    this.owner = owner;
    this.health = health;
    this.dialect = dialectOf(dataSource.options.type);
    this.turn = this.dialect.singleConnection ? new Mutex() : null;
    this.shared = this.dialect.singleConnection ? new SharedTransaction((works) => this.commitTogether(works)) : null;
    const { analyzeSql } = this.dialect;
    this.statistics =
      analyzeSql === null
        ? null
        : new PlannerStatistics(async () => void (await this.read((session) => session.all(analyzeSql))));
    this.isolation = new TransactionIsolation(this.dialect, dataSource, owner);
    this.callers = new CallerTransactions(dataSource);
    if (owner === 'host') this.callers.listen();
  }

  /** How many rows this database takes in one batch. */
  get batches(): BatchSizes {
    return this.dialect.batches;
  }

  /** The column that numbers rows in the order in which they were inserted, or `null` if there is none. */
  get rowNumberColumn(): string | null {
    return this.dialect.rowNumberColumn;
  }

  /** Runs the work in one transaction: all of it is stored, or nothing. It may be run again after an aborted try. */
  async transaction<T>(work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    if (this.shared !== null) return this.watched(this.shared.join(work));
    const [value] = await this.watched(this.repeatAborted(() => this.commitTogether([work])));
    return value as T;
  }

  /**
   * Runs the work inside the caller's transaction: it is rolled back with it, and `afterCommit` is called once it is
   * committed.
   * @throws SmsProInputError for a manager that belongs to another DataSource, or is in no transaction
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
    return this.watched(this.inTurn((connection) => work(new SqlSession(connection, this.dialect))));
  }

  /** Calls the listener after each commit that recorded events. Only a hint: a call can be lost. */
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

  /** Runs units of work in one transaction, as many as there is time for, and returns the results. */
  private async commitTogether(works: readonly ((unit: UnitOfWork) => Promise<unknown>)[]): Promise<unknown[]> {
    let recordedEvents = 0;
    let inserted = 0;
    const values = await this.inTurn(async (connection) => {
      const unit = new UnitOfWork(connection, this.dialect, this.account);
      const isolation = await this.isolation.needed(unit);
      await guarded(() => connection.begin(isolation));
      try {
        const returned: unknown[] = [];
        const startedAt = performance.now();
        for (const work of works) {
          if (returned.length > 0 && performance.now() - startedAt > MAX_SHARED_MS) break;
          returned.push(await work(unit));
        }
        recordedEvents = unit.recordedEvents;
        await writeAndCommit(unit, connection);
        inserted = unit.inserted;
        return returned;
      } catch (error) {
        // The first error is the one that says why.
        await connection.rollback();
        throw error;
      }
    });
    if (recordedEvents > 0) for (const listener of this.listeners) listener();
    this.statistics?.note(inserted);
    this.health?.succeeded();
    return values;
  }

  /** Tells the health of a failure that nothing repeats. */
  private async watched<T>(step: Promise<T>): Promise<T> {
    try {
      return await step;
    } catch (error) {
      this.health?.failed(error);
      throw error;
    }
  }

  /** A transaction that the database aborted because of a conflict left nothing behind, so it is run again. */
  private async repeatAborted<T>(run: () => Promise<T>): Promise<T> {
    for (let left = MAX_REPEATS; ; left -= 1) {
      try {
        return await run();
      } catch (error) {
        if (left === 0 || !this.dialect.isAborted(driverCodeOf(error))) throw error;
      }
    }
  }

  private async inTurn<T>(work: (connection: SqlConnection) => Promise<T>): Promise<T> {
    const run = async () => {
      const runner = this.dataSource.createQueryRunner();
      try {
        await guarded(() => this.isolation.prepare(runner));
        return await work(await guarded(() => openConnection(runner)));
      } finally {
        await runner.release();
      }
    };
    return this.turn ? this.turn.runExclusive(run) : run();
  }
}
