import { Column, Entity, PrimaryColumn } from 'typeorm';
import { epochMs } from './epoch-ms.transformer.js';

/** What is known of one account. */
@Entity({ name: 'sms_pro_account' })
export class SmsProAccountEntity {
  @PrimaryColumn({ type: 'varchar', name: 'account', length: 32 })
  account!: string;

  @Column({ type: 'varchar', name: 'balance', length: 32, nullable: true })
  balance!: string | null;

  @Column({ type: 'varchar', name: 'sms_price', length: 32, nullable: true })
  smsPrice!: string | null;

  @Column({ type: 'integer', name: 'active', nullable: true })
  active!: number | null;

  @Column({ type: 'bigint', name: 'checked_at', nullable: true, transformer: epochMs })
  checkedAt!: number | null;

  @Column({ type: 'integer', name: 'low_told' })
  lowTold!: number;

  /** When reports were last pushed, to the minute. */
  @Column({ type: 'bigint', name: 'pushed_at', nullable: true, transformer: epochMs })
  pushedAt!: number | null;

  /** Since when polls have settled recipients; NULL again with the next push. */
  @Column({ type: 'bigint', name: 'polled_at', nullable: true, transformer: epochMs })
  polledAt!: number | null;
}
