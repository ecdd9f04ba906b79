import type { DataSource, EntityManager, EntitySubscriberInterface, QueryRunner } from 'typeorm';
import { SmsProInputError } from '../../errors/sms-pro.errors.js';

type Wake = () => void;

/**
 * Callbacks that run when callers' transactions commit. They are only hints: the dispatch loop looks at least every
 * second, so nothing depends on them.
 */
export class CallerTransactions {
  private readonly waiting = new WeakMap<QueryRunner, Wake[]>();

  constructor(private readonly dataSource: DataSource) {}

  /** Subscribes to the commits of the DataSource. */
  listen(): void {
    const { waiting } = this;
    const subscriber: EntitySubscriberInterface = {
      // Also called when a savepoint is released: nothing is committed while a transaction is active.
      afterTransactionCommit({ queryRunner }) {
        if (queryRunner.isTransactionActive) return;
        const wakes = waiting.get(queryRunner) ?? [];
        waiting.delete(queryRunner);
        // An error here would reject the caller's transaction() after its COMMIT; a wake never throws.
        for (const wake of wakes) wake();
      },
      afterTransactionRollback({ queryRunner }) {
        if (!queryRunner.isTransactionActive) waiting.delete(queryRunner);
      },
    };
    this.dataSource.subscribers.push(subscriber);
  }

  /**
   * The caller's connection, inside its transaction.
   * @throws SmsProInputError for a manager that belongs to another DataSource, or is in no transaction
   */
  runnerOf(manager: EntityManager): QueryRunner {
    const { queryRunner } = manager;
    if (manager.dataSource !== this.dataSource) {
      throw new SmsProInputError([
        {
          path: 'manager',
          message:
            'belongs to another DataSource than this module: set "dataSource" beside the options to the name of its DataSource',
        },
      ]);
    }
    if (queryRunner?.isTransactionActive !== true) {
      throw new SmsProInputError([
        {
          path: 'manager',
          message:
            'is in no transaction: pass the one that dataSource.transaction() gives you (a BEGIN of your own is not noticed), or leave it out',
        },
      ]);
    }
    return queryRunner;
  }

  /** Calls back after the transaction of the connection has committed. */
  afterCommit(runner: QueryRunner, wake: Wake): void {
    this.waiting.set(runner, [...(this.waiting.get(runner) ?? []), wake]);
  }
}
