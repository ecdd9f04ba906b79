import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dialectOf } from '../dialect.js';

const INDEX = 'sms_pro_packet_answering';

/**
 * Finds the few packets that a report made accepted while their request was still in flight. On MariaDB the index of
 * account, state and lease does it.
 */
export class SmsProInHand1700000002000 implements MigrationInterface {
  readonly name = 'SmsProInHand1700000002000';

  async up(runner: QueryRunner): Promise<void> {
    if (dialectOf(runner.dataSource.options.type).name === 'mysql') return;
    await runner.query(
      `CREATE INDEX ${INDEX} ON sms_pro_packet (account, lease_until) WHERE state = 'accepted' AND lease_owner IS NOT NULL`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    if (dialectOf(runner.dataSource.options.type).name === 'mysql') return;
    await runner.query(`DROP INDEX ${INDEX}`);
  }
}
