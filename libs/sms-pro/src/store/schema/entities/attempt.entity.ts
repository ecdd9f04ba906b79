import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import { epochMs } from './epoch-ms.transformer.js';

/** One try or probe of one packet, for the audit. */
@Entity({ name: 'sms_pro_attempt' })
@Index('sms_pro_attempt_packet', ['packetId'])
export class SmsProAttemptEntity {
  @PrimaryGeneratedColumn({ type: 'integer', name: 'attempt_id' })
  attemptId!: number;

  @Column({ type: 'varchar', name: 'packet_id', length: 12 })
  packetId!: string;

  @Column({ type: 'varchar', name: 'account', length: 32 })
  account!: string;

  @Column({ type: 'integer', name: 'number' })
  number!: number;

  @Column({ type: 'varchar', name: 'kind', length: 8 })
  kind!: string;

  @Column({ type: 'varchar', name: 'owner', length: 36 })
  owner!: string;

  @Column({ type: 'bigint', name: 'started_at', transformer: epochMs })
  startedAt!: number;

  @Column({ type: 'bigint', name: 'ended_at', transformer: epochMs })
  endedAt!: number;

  @Column({ type: 'varchar', name: 'outcome', length: 24 })
  outcome!: string;

  @Column({ type: 'varchar', name: 'gateway_status', length: 16, nullable: true })
  gatewayStatus!: string | null;

  @Column({ type: 'integer', name: 'http_status', nullable: true })
  httpStatus!: number | null;

  @Column({ type: 'integer', name: 'phones', nullable: true })
  phones!: number | null;

  @Column({ type: 'integer', name: 'smscnt', nullable: true })
  smscnt!: number | null;

  @Column({ type: 'text', name: 'detail', nullable: true })
  detail!: string | null;
}
