import { Column, Entity, PrimaryColumn } from 'typeorm';
import { epochMs } from './epoch-ms.transformer.js';

/** The last known balance of one account, and how its reports come. Instants are epoch milliseconds, flags 0 or 1. */
@Entity({ name: 'sms_pro_account' })
export class SmsProAccountEntity {
  @PrimaryColumn({ type: 'varchar', name: 'account', length: 32 })
  account!: string;

  /** As the gateway wrote it, a decimal string. */
  @Column({ type: 'varchar', name: 'balance', length: 32, nullable: true })
  balance!: string | null;

  /** The price of one SMS, a decimal string. */
  @Column({ type: 'varchar', name: 'sms_price', length: 32, nullable: true })
  smsPrice!: string | null;

  /** Whether the gateway described the account as active. */
  @Column({ type: 'integer', name: 'active', nullable: true })
  active!: number | null;

  /** When the balance was last read. */
  @Column({ type: 'bigint', name: 'checked_at', nullable: true, transformer: epochMs })
  checkedAt!: number | null;

  /** 1 after `balance.low` was recorded, until the balance is above the limit again. */
  @Column({ type: 'integer', name: 'low_recorded' })
  lowRecorded!: number;

  /** When reports were last pushed, to the minute. */
  @Column({ type: 'bigint', name: 'pushed_at', nullable: true, transformer: epochMs })
  pushedAt!: number | null;

  /** Since when polls have settled recipients; NULL again with the next push. */
  @Column({ type: 'bigint', name: 'polled_at', nullable: true, transformer: epochMs })
  polledAt!: number | null;
}
