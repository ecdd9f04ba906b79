import { Column, Entity, PrimaryColumn } from 'typeorm';
import { epochMs } from './epoch-ms.transformer.js';

/** A pause of the account, or of one of its senders. Instants are epoch milliseconds. */
@Entity({ name: 'sms_pro_pause' })
export class SmsProPauseEntity {
  @PrimaryColumn({ type: 'varchar', name: 'account', length: 32 })
  account!: string;

  /** Empty for the whole account, else the sender. */
  @PrimaryColumn({ type: 'varchar', name: 'scope', length: 14 })
  scope!: string;

  /** `paused`, `trial` or `open` (it is over). */
  @Column({ type: 'varchar', name: 'state', length: 8 })
  state!: string;

  @Column({ type: 'varchar', name: 'reason', length: 32, nullable: true })
  reason!: string | null;

  @Column({ type: 'varchar', name: 'gateway_status', length: 16, nullable: true })
  gatewayStatus!: string | null;

  @Column({ type: 'bigint', name: 'since', nullable: true, transformer: epochMs })
  since!: number | null;

  /** When the gateway is asked next whether the pause is over. */
  @Column({ type: 'bigint', name: 'next_probe_at', nullable: true, transformer: epochMs })
  nextProbeAt!: number | null;

  /** How often it was asked. */
  @Column({ type: 'integer', name: 'probes' })
  probes!: number;

  /** Not used. */
  @Column({ type: 'varchar', name: 'streak_code', length: 16, nullable: true })
  streakCode!: string | null;

  /** Not used. */
  @Column({ type: 'integer', name: 'streak' })
  streak!: number;

  @Column({ type: 'bigint', name: 'updated_at', transformer: epochMs })
  updatedAt!: number;
}
