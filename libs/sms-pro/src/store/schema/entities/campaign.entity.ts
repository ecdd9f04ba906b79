import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMs } from './epoch-ms.transformer.js';

/** One campaign: the messages of one `sendBulk()`. Instants are epoch milliseconds. */
@Entity({ name: 'sms_pro_campaign' })
@Index('sms_pro_campaign_created', ['account', 'createdAt'])
export class SmsProCampaignEntity {
  @PrimaryColumn({ type: 'varchar', name: 'campaign_id', length: 36 })
  campaignId!: string;

  @Column({ type: 'varchar', name: 'account', length: 32 })
  account!: string;

  /** The digest of the key. */
  @Column({ type: 'varchar', name: 'idempotency_key', length: 64, nullable: true })
  idempotencyKey!: string | null;

  /** `running`, `stored` or `canceled`. */
  @Column({ type: 'varchar', name: 'state', length: 10 })
  state!: string;

  /** Items of the source that were read. */
  @Column({ type: 'integer', name: 'consumed' })
  consumed!: number;

  @Column({ type: 'integer', name: 'messages' })
  messages!: number;

  @Column({ type: 'integer', name: 'recipients' })
  recipients!: number;

  @Column({ type: 'integer', name: 'segments' })
  segments!: number;

  @Column({ type: 'integer', name: 'rejected' })
  rejected!: number;

  @Column({ type: 'bigint', name: 'created_at', transformer: epochMs })
  createdAt!: number;

  @Column({ type: 'bigint', name: 'canceled_at', nullable: true, transformer: epochMs })
  canceledAt!: number | null;

  /** When the last of its messages was stored. */
  @Column({ type: 'bigint', name: 'ended_at', nullable: true, transformer: epochMs })
  endedAt!: number | null;

  /** The digest of the items that were read. */
  @Column({ type: 'varchar', name: 'source_digest', length: 64, nullable: true })
  sourceDigest!: string | null;

  /** The first rejected requests, as JSON. */
  @Column({ type: 'text', name: 'rejections', nullable: true })
  rejections!: string | null;
}
