import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMs } from './epoch-ms.transformer.js';

/** A key that was used, and the message or campaign that it belongs to. */
@Entity({ name: 'sms_pro_idempotency' })
@Index('sms_pro_idempotency_target', ['targetId'])
export class SmsProIdempotencyEntity {
  @PrimaryColumn({ type: 'varchar', name: 'account', length: 32 })
  account!: string;

  /** The digest of the key. */
  @PrimaryColumn({ type: 'varchar', name: 'idempotency_key', length: 64 })
  idempotencyKey!: string;

  /** `message` or `campaign`. */
  @PrimaryColumn({ type: 'varchar', name: 'scope', length: 8 })
  scope!: string;

  /** The id of the message or campaign. */
  @Column({ type: 'varchar', name: 'target_id', length: 36 })
  targetId!: string;

  /** A digest of the request, to compare another one with. */
  @Column({ type: 'varchar', name: 'fingerprint', length: 64 })
  fingerprint!: string;

  @Column({ type: 'bigint', name: 'created_at', transformer: epochMs })
  createdAt!: number;
}
