import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import { epochMs } from './epoch-ms.transformer.js';

/** One report as it came, for the audit. Instants are epoch milliseconds. */
@Entity({ name: 'sms_pro_report' })
@Index('sms_pro_report_recipient', ['packetId', 'phone'])
export class SmsProReportEntity {
  @PrimaryGeneratedColumn({ type: 'integer', name: 'report_id' })
  reportId!: number;

  /** The packet that the report names. */
  @Column({ type: 'varchar', name: 'packet_id', length: 12 })
  packetId!: string;

  @Column({ type: 'varchar', name: 'phone', length: 20 })
  phone!: string;

  @Column({ type: 'varchar', name: 'account', length: 32 })
  account!: string;

  /** `push`, `poll` or `manual`. */
  @Column({ type: 'varchar', name: 'source', length: 8 })
  source!: string;

  @Column({ type: 'varchar', name: 'code', length: 16 })
  code!: string;

  /** As the gateway wrote it. */
  @Column({ type: 'varchar', name: 'send_time', length: 20 })
  sendTime!: string;

  /** As the gateway wrote it. */
  @Column({ type: 'varchar', name: 'rcv_time', length: 20 })
  rcvTime!: string;

  @Column({ type: 'bigint', name: 'received_at', transformer: epochMs })
  receivedAt!: number;

  /** 1 if it changed the status of its recipient. */
  @Column({ type: 'integer', name: 'applied' })
  applied!: number;
}
