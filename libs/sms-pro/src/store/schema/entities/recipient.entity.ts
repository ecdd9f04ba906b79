import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMs } from './epoch-ms.transformer.js';

/** One phone of one message. If its status is NULL, it has that of its packet. Instants are epoch milliseconds. */
@Entity({ name: 'sms_pro_recipient', withoutRowid: true })
@Index('sms_pro_recipient_message', ['messageId', 'position'])
export class SmsProRecipientEntity {
  /** The first packet that it was in. */
  @PrimaryColumn({ type: 'varchar', name: 'root_packet_id', length: 12 })
  rootPacketId!: string;

  @PrimaryColumn({ type: 'varchar', name: 'phone', length: 20 })
  phone!: string;

  /** The packet that it is in now. */
  @Column({ type: 'varchar', name: 'packet_id', length: 12 })
  packetId!: string;

  @Column({ type: 'varchar', name: 'message_id', length: 36 })
  messageId!: string;

  /** Its index among the phones of its message, from 0. */
  @Column({ type: 'integer', name: 'position' })
  position!: number;

  @Column({ type: 'varchar', name: 'status', length: 12, nullable: true })
  status!: string | null;

  @Column({ type: 'varchar', name: 'reason', length: 32, nullable: true })
  reason!: string | null;

  /** The code of the last report. */
  @Column({ type: 'varchar', name: 'report_code', length: 16, nullable: true })
  reportCode!: string | null;

  /** When the gateway handed the message to the operator. */
  @Column({ type: 'bigint', name: 'sent_at', nullable: true, transformer: epochMs })
  sentAt!: number | null;

  /** When the phone received it. */
  @Column({ type: 'bigint', name: 'delivered_at', nullable: true, transformer: epochMs })
  deliveredAt!: number | null;

  @Column({ type: 'bigint', name: 'updated_at', transformer: epochMs })
  updatedAt!: number;
}
