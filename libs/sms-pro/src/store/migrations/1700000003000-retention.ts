import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dialectOf } from '../dialect.js';

const MESSAGE_INDEX = 'sms_pro_message_completed';
const CAMPAIGN_INDEX = 'sms_pro_campaign_created';
const KEY_INDEX = 'sms_pro_idempotency_target';

/** Finds what is old enough to be deleted. */
export class SmsProRetention1700000003000 implements MigrationInterface {
  readonly name = 'SmsProRetention1700000003000';

  async up(runner: QueryRunner): Promise<void> {
    const { name } = dialectOf(runner.dataSource.options.type);
    // MariaDB has no partial indexes, and drops the WHERE in silence.
    const completed = name === 'mysql' ? '' : ' WHERE completed_at IS NOT NULL';
    await runner.query(`CREATE INDEX ${MESSAGE_INDEX} ON sms_pro_message (account, completed_at)${completed}`);
    await runner.query(`CREATE INDEX ${KEY_INDEX} ON sms_pro_idempotency (target_id)`);
    await runner.query(`CREATE INDEX ${CAMPAIGN_INDEX} ON sms_pro_campaign (account, created_at)`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const isMysql = dialectOf(runner.dataSource.options.type).name === 'mysql';
    await runner.query(`DROP INDEX ${CAMPAIGN_INDEX}${isMysql ? ' ON sms_pro_campaign' : ''}`);
    await runner.query(`DROP INDEX ${KEY_INDEX}${isMysql ? ' ON sms_pro_idempotency' : ''}`);
    await runner.query(`DROP INDEX ${MESSAGE_INDEX}${isMysql ? ' ON sms_pro_message' : ''}`);
  }
}
