import { Column, Entity, Index, PrimaryGeneratedColumn } from 'typeorm';
import { epochMs } from './epoch-ms.transformer.js';

/** One event, written in the transaction of the change that it describes. Instants are epoch milliseconds. */
@Entity({ name: 'sms_pro_event' })
@Index('sms_pro_event_id', ['eventId'], { unique: true })
@Index('sms_pro_event_pending', ['account', 'eventSeq'], { where: "state = 'pending'" })
@Index('sms_pro_event_order', ['orderKey', 'eventSeq'], { where: "state = 'pending'" })
@Index('sms_pro_event_message', ['messageId'])
export class SmsProEventEntity {
  /** The order in which events were written. */
  @PrimaryGeneratedColumn({ type: 'integer', name: 'event_seq' })
  eventSeq!: number;

  /** The `eventId` of the payload. */
  @Column({ type: 'varchar', name: 'event_id', length: 36 })
  eventId!: string;

  @Column({ type: 'varchar', name: 'account', length: 32 })
  account!: string;

  @Column({ type: 'varchar', name: 'name', length: 32 })
  name!: string;

  @Column({ type: 'varchar', name: 'message_id', length: 36, nullable: true })
  messageId!: string | null;

  @Column({ type: 'varchar', name: 'packet_id', length: 12, nullable: true })
  packetId!: string | null;

  @Column({ type: 'varchar', name: 'phone', length: 20, nullable: true })
  phone!: string | null;

  /** Events of one key are delivered in order. */
  @Column({ type: 'varchar', name: 'order_key', length: 64 })
  orderKey!: string;

  /** What the payload has beyond the columns, as JSON. */
  @Column({ type: 'text', name: 'detail' })
  detail!: string;

  @Column({ type: 'bigint', name: 'occurred_at', transformer: epochMs })
  occurredAt!: number;

  /** `pending` or `done`. */
  @Column({ type: 'varchar', name: 'state', length: 8 })
  state!: string;

  @Column({ type: 'varchar', name: 'lease_owner', length: 36, nullable: true })
  leaseOwner!: string | null;

  @Column({ type: 'bigint', name: 'lease_until', nullable: true, transformer: epochMs })
  leaseUntil!: number | null;

  /** When it was marked as done: its handlers were called. */
  @Column({ type: 'bigint', name: 'done_at', nullable: true, transformer: epochMs })
  doneAt!: number | null;
}
