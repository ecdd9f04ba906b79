import type { DataSource, EntityManager, EntitySubscriberInterface, QueryRunner } from 'typeorm';
import { SmsProInputError } from '../errors/sms-pro.errors.js';

type Wake = () => void;

/**
 * What is to be woken when callers' transactions commit. It is only a hint: the loop looks at least every second, so
 * nothing depends on it.
 */
export class CallerTransactions {
  private readonly waiting = new WeakMap<QueryRunner, Wake[]>();

  constructor(private readonly dataSource: DataSource) {}

  /** Hears the commits of the DataSource. */
  listen(): void {
    const { waiting } = this;
    const subscriber: EntitySubscriberInterface = {
      // Also called for savepoints: nothing is committed while a transaction is active.
      afterTransactionCommit({ queryRunner }) {
        if (queryRunner.isTransactionActive) return;
        const wakes = waiting.get(queryRunner) ?? [];
        waiting.delete(queryRunner);
        // A throw here would reject the caller's transaction() after its COMMIT; a wake never throws.
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
   * @throws SmsProInputError for a manager that cannot carry the message
   */
  runnerOf(manager: EntityManager): QueryRunner {
    const { queryRunner } = manager;
    if (manager.dataSource !== this.dataSource) {
      throw new SmsProInputError([
        {
          path: 'manager',
          message:
            'is not of the DataSource this module lives in: set "dataSource" beside the options to the name of that DataSource',
        },
      ]);
    }
    if (queryRunner?.isTransactionActive !== true) {
      throw new SmsProInputError([
        {
          path: 'manager',
          message:
            'is in no transaction: pass the one that dataSource.transaction() gives (a BEGIN by hand is not seen), or leave it out',
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
