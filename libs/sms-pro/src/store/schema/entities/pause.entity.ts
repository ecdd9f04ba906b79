import { Column, Entity, PrimaryColumn } from 'typeorm';
import { epochMs } from './epoch-ms.transformer.js';

/** What stops the account, or one sender of it, and the refusals in a row that lead there. */
@Entity({ name: 'sms_pro_pause' })
export class SmsProPauseEntity {
  @PrimaryColumn({ type: 'varchar', name: 'account', length: 32 })
  account!: string;

  @PrimaryColumn({ type: 'varchar', name: 'scope', length: 14 })
  scope!: string;

  @Column({ type: 'varchar', name: 'state', length: 8 })
  state!: string;

  @Column({ type: 'varchar', name: 'reason', length: 32, nullable: true })
  reason!: string | null;

  @Column({ type: 'varchar', name: 'gateway_status', length: 16, nullable: true })
  gatewayStatus!: string | null;

  @Column({ type: 'bigint', name: 'since', nullable: true, transformer: epochMs })
  since!: number | null;

  @Column({ type: 'bigint', name: 'next_probe_at', nullable: true, transformer: epochMs })
  nextProbeAt!: number | null;

  @Column({ type: 'integer', name: 'probes' })
  probes!: number;

  @Column({ type: 'varchar', name: 'streak_code', length: 16, nullable: true })
  streakCode!: string | null;

  @Column({ type: 'integer', name: 'streak' })
  streak!: number;

  @Column({ type: 'bigint', name: 'updated_at', transformer: epochMs })
  updatedAt!: number;
}
