import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import { epochMs } from './epoch-ms.transformer.js';

/** One try or probe of one packet, for the audit. Instants are epoch milliseconds. */
@Entity({ name: 'sms_pro_attempt' })
@Index('sms_pro_attempt_packet', ['packetId'])
export class SmsProAttemptEntity {
  @PrimaryGeneratedColumn({ type: 'integer', name: 'attempt_id' })
  attemptId!: number;

  @Column({ type: 'varchar', name: 'packet_id', length: 12 })
  packetId!: string;

  @Column({ type: 'varchar', name: 'account', length: 32 })
  account!: string;

  /** Of the tries or probes of this packet, from 1. */
  @Column({ type: 'integer', name: 'number' })
  number!: number;

  /** `send` (a try) or `probe`. */
  @Column({ type: 'varchar', name: 'kind', length: 8 })
  kind!: string;

  /** The process that made it. */
  @Column({ type: 'varchar', name: 'owner', length: 36 })
  owner!: string;

  @Column({ type: 'bigint', name: 'started_at', transformer: epochMs })
  startedAt!: number;

  @Column({ type: 'bigint', name: 'ended_at', transformer: epochMs })
  endedAt!: number;

  /**
   * Of a try: `answer`, `not-sent:<cause>`, `unknown:<cause>` or `lease-ended`; the new state of the packet if no request
   * was sent. Of a probe: `found`, `not-found` or `unclear:<cause>`.
   */
  @Column({ type: 'varchar', name: 'outcome', length: 24 })
  outcome!: string;

  /** The status of the answer that was read. */
  @Column({ type: 'varchar', name: 'gateway_status', length: 16, nullable: true })
  gatewayStatus!: string | null;

  @Column({ type: 'integer', name: 'http_status', nullable: true })
  httpStatus!: number | null;

  /** Phones that the gateway recognised (try) or showed (probe). */
  @Column({ type: 'integer', name: 'phones', nullable: true })
  phones!: number | null;

  /** SMS per phone, as the gateway counts them. */
  @Column({ type: 'integer', name: 'smscnt', nullable: true })
  smscnt!: number | null;

  /** The gateway's own message. It can contain a phone. */
  @Column({ type: 'text', name: 'detail', nullable: true })
  detail!: string | null;
}
