import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dialectOf, type Dialect } from '../dialect.js';

const INDEX = 'sms_pro_packet_campaign';

/** How one dialect writes the new columns. Frozen with this migration. */
const WORDS: Readonly<Record<Dialect['name'], { readonly digest: string; readonly long: string }>> = {
  sqlite: { digest: 'varchar(64)', long: 'text' },
  postgres: { digest: 'varchar(64)', long: 'text' },
  mysql: { digest: 'varchar(64) CHARACTER SET ascii COLLATE ascii_bin', long: 'mediumtext' },
};

function createIndex(columns: string, { name }: Dialect): string {
  // MariaDB has no partial indexes, and drops the WHERE in silence.
  return `CREATE INDEX ${INDEX} ON sms_pro_packet (${columns})${name === 'mysql' ? '' : ' WHERE campaign_id IS NOT NULL'}`;
}

function dropIndex({ name }: Dialect): string {
  return name === 'mysql' ? `DROP INDEX ${INDEX} ON sms_pro_packet` : `DROP INDEX ${INDEX}`;
}

/** What a run of many messages is resumed by, and packets of a campaign found by their state. */
export class SmsProCampaigns1700000001000 implements MigrationInterface {
  readonly name = 'SmsProCampaigns1700000001000';

  async up(runner: QueryRunner): Promise<void> {
    const dialect = dialectOf(runner.dataSource.options.type);
    const { digest, long } = WORDS[dialect.name];
    await runner.query(`ALTER TABLE sms_pro_campaign ADD COLUMN source_digest ${digest}`);
    await runner.query(`ALTER TABLE sms_pro_campaign ADD COLUMN rejections ${long}`);
    await runner.query(dropIndex(dialect));
    await runner.query(createIndex('campaign_id, state, packet_id', dialect));
  }

  async down(runner: QueryRunner): Promise<void> {
    const dialect = dialectOf(runner.dataSource.options.type);
    await runner.query(dropIndex(dialect));
    await runner.query(createIndex('campaign_id', dialect));
    await runner.query('ALTER TABLE sms_pro_campaign DROP COLUMN rejections');
    await runner.query('ALTER TABLE sms_pro_campaign DROP COLUMN source_digest');
  }
}
