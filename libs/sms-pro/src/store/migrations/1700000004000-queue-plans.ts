import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dialectOf } from '../dialect.js';

const INDEX = 'sms_pro_packet_deadline';

/** Room that PostgreSQL leaves on each page of recipients, in percent: a report then changes the row in its place. */
const FILL = 70;

/**
 * Keeps the plans of the queue right while the server's statistics are old, as after a large campaign was stored: the
 * index of deadlines serves none but the search for them.
 */
export class SmsProQueuePlans1700000004000 implements MigrationInterface {
  readonly name = 'SmsProQueuePlans1700000004000';

  async up(runner: QueryRunner): Promise<void> {
    const { name } = dialectOf(runner.dataSource.options.type);
    if (name === 'postgres') await runner.query(`ALTER TABLE sms_pro_recipient SET (fillfactor = ${FILL})`);
    if (name !== 'mysql') await this.recreate(runner, "state = 'queued' AND open_tries = 0");
  }

  async down(runner: QueryRunner): Promise<void> {
    const { name } = dialectOf(runner.dataSource.options.type);
    if (name === 'postgres') await runner.query('ALTER TABLE sms_pro_recipient RESET (fillfactor)');
    if (name !== 'mysql') await this.recreate(runner, "state = 'queued'");
  }

  private async recreate(runner: QueryRunner, where: string): Promise<void> {
    await runner.query(`DROP INDEX ${INDEX}`);
    await runner.query(`CREATE INDEX ${INDEX} ON sms_pro_packet (account, deadline_at) WHERE ${where}`);
  }
}
