import { Mutex } from 'async-mutex';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';
import { CallerTransactions } from './caller-transaction.js';
import { dialectOf, type Dialect } from './dialect.js';
import { insertEvents, type NewEvent } from './event-rows.js';
import { int } from './row-reader.js';
import { COMMIT, guarded } from './store-error.js';
import { SqlSession } from './sql-session.js';

/** How often a transaction is done again that the database broke off. */
const MOST_REPEATS = 5;

/** One transaction, with the events that are told of its changes. */
export class UnitOfWork extends SqlSession {
  private readonly events: NewEvent[] = [];

  constructor(
    runner: QueryRunner,
    dialect: Dialect,
    readonly account: string,
  ) {
    super(runner, dialect);
  }

  /** Writes an event with the change it tells of; it is delivered after commit. */
  tell(event: NewEvent): void {
    this.events.push(event);
  }

  /** Puts the events into the transaction. Returns how many there were. */
  async flushEvents(): Promise<number> {
    await insertEvents(this, this.account, this.events);
    return this.events.splice(0).length;
  }
}

/**
 * The way to the rows. On SQLite, TypeORM has one query runner for all: a plain statement that runs while
 * another flow is inside its transaction lands in it and is lost with it. So every unit of work, reads too,
 * waits its turn there.
 */
export class SmsProDatabase {
  private readonly turn: Mutex | null;
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
    this.callers = new CallerTransactions(dataSource);
    if (owner === 'host') this.callers.listen();
  }

  /** Runs the work in one transaction: all of it is stored, or nothing. */
  async transaction<T>(work: (unit: UnitOfWork) => Promise<T>): Promise<T> {
    let told = 0;
    const once = () =>
      this.inTurn(async (runner) => {
        const unit = new UnitOfWork(runner, this.dialect, this.account);
        await guarded(() => runner.startTransaction(this.dialect.isolation));
        try {
          const value = await work(unit);
          told = await unit.flushEvents();
          await guarded(() => runner.commitTransaction(), COMMIT);
          return value;
        } catch (error) {
          // Where the connection is gone the database rolls back by itself, and the first error is the one that tells why.
          if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => {});
          throw error;
        }
      });
    const result = await this.again(once);
    if (told > 0) for (const listener of this.listeners) listener();
    return result;
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
    const result = await work(new SqlSession(runner, this.dialect));
    this.callers.afterCommit(runner, afterCommit);
    return result;
  }

  /** Runs reads on one connection, outside a transaction. */
  async read<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return this.inTurn((runner) => work(new SqlSession(runner, this.dialect)));
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
    const destroy = async () => {
      if (this.owner === 'module' && this.dataSource.isInitialized) await this.dataSource.destroy();
    };
    await (this.turn ? this.turn.runExclusive(destroy) : destroy());
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

  private async inTurn<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const run = async () => {
      const runner = this.dataSource.createQueryRunner();
      try {
        return await work(runner);
      } finally {
        await runner.release();
      }
    };
    return this.turn ? this.turn.runExclusive(run) : run();
  }
}
