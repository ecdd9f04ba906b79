import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMs } from './epoch-ms.transformer.js';

/** One message: one text, one sender, one to many phones. Instants are epoch milliseconds, flags are 0 or 1. */
@Entity({ name: 'sms_pro_message' })
@Index('sms_pro_message_completed', ['account', 'completedAt'], { where: 'completed_at IS NOT NULL' })
export class SmsProMessageEntity {
  @PrimaryColumn({ type: 'varchar', name: 'message_id', length: 36 })
  messageId!: string;

  @Column({ type: 'varchar', name: 'account', length: 32 })
  account!: string;

  @Column({ type: 'varchar', name: 'campaign_id', length: 36, nullable: true })
  campaignId!: string | null;

  @Column({ type: 'varchar', name: 'sender', length: 14 })
  sender!: string;

  /** NULL after a sensitive text was erased. */
  @Column({ type: 'text', name: 'text', nullable: true })
  text!: string | null;

  /** Of a sensitive text, to compare a repeated request with. */
  @Column({ type: 'varchar', name: 'text_digest', length: 64, nullable: true })
  textDigest!: string | null;

  @Column({ type: 'integer', name: 'is_sensitive' })
  sensitive!: number;

  /** `gsm7` or `ucs2`. */
  @Column({ type: 'varchar', name: 'encoding', length: 4 })
  encoding!: string;

  /** SMS per phone, as this package counts them. */
  @Column({ type: 'integer', name: 'segments' })
  segments!: number;

  /** 0 `high`, 1 `normal`, 2 `low`. */
  @Column({ type: 'integer', name: 'priority' })
  priority!: number;

  @Column({ type: 'integer', name: 'test' })
  test!: number;

  @Column({ type: 'bigint', name: 'send_at', nullable: true, transformer: epochMs })
  sendAt!: number | null;

  @Column({ type: 'bigint', name: 'valid_until', nullable: true, transformer: epochMs })
  validUntil!: number | null;

  @Column({ type: 'varchar', name: 'reference', length: 255, nullable: true })
  reference!: string | null;

  /** JSON. */
  @Column({ type: 'text', name: 'metadata', nullable: true })
  metadata!: string | null;

  @Column({ type: 'integer', name: 'recipients' })
  recipients!: number;

  /** Recipients without a final status. */
  @Column({ type: 'integer', name: 'open_recipients' })
  openRecipients!: number;

  @Column({ type: 'bigint', name: 'cancel_requested_at', nullable: true, transformer: epochMs })
  cancelRequestedAt!: number | null;

  @Column({ type: 'bigint', name: 'created_at', transformer: epochMs })
  createdAt!: number;

  /** When the last recipient got its final status. */
  @Column({ type: 'bigint', name: 'completed_at', nullable: true, transformer: epochMs })
  completedAt!: number | null;
}
