import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMs } from './epoch-ms.transformer.js';

/** One run of many messages. */
@Entity({ name: 'sms_pro_campaign' })
@Index('sms_pro_campaign_created', ['account', 'createdAt'])
export class SmsProCampaignEntity {
  @PrimaryColumn({ type: 'varchar', name: 'campaign_id', length: 36 })
  campaignId!: string;

  @Column({ type: 'varchar', name: 'account', length: 32 })
  account!: string;

  @Column({ type: 'varchar', name: 'idempotency_key', length: 64, nullable: true })
  idempotencyKey!: string | null;

  @Column({ type: 'varchar', name: 'state', length: 10 })
  state!: string;

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

  @Column({ type: 'bigint', name: 'ended_at', nullable: true, transformer: epochMs })
  endedAt!: number | null;

  @Column({ type: 'varchar', name: 'source_digest', length: 64, nullable: true })
  sourceDigest!: string | null;

  @Column({ type: 'text', name: 'rejections', nullable: true })
  rejections!: string | null;
}
