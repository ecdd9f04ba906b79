import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMs } from './epoch-ms.transformer.js';

/** An event that one subscriber still has to get, or that is parked for it. Instants are epoch milliseconds. */
@Entity({ name: 'sms_pro_delivery' })
@Index('sms_pro_delivery_due', ['account', 'dueAt'], { where: "state = 'pending'" })
@Index('sms_pro_delivery_order', ['subscriber', 'orderKey', 'eventSeq'], { where: "state = 'pending'" })
@Index('sms_pro_delivery_parked', ['account', 'eventSeq'], { where: "state = 'parked'" })
export class SmsProDeliveryEntity {
  @PrimaryColumn({ type: 'bigint', name: 'event_seq', transformer: epochMs })
  eventSeq!: number;

  /** `Class.method`. */
  @PrimaryColumn({ type: 'varchar', name: 'subscriber', length: 128 })
  subscriber!: string;

  @Column({ type: 'varchar', name: 'account', length: 32 })
  account!: string;

  /** Events of one key are delivered in order. */
  @Column({ type: 'varchar', name: 'order_key', length: 64 })
  orderKey!: string;

  /** `pending` or `parked`. */
  @Column({ type: 'varchar', name: 'state', length: 8 })
  state!: string;

  /** Calls so far. */
  @Column({ type: 'integer', name: 'attempts' })
  attempts!: number;

  @Column({ type: 'bigint', name: 'due_at', transformer: epochMs })
  dueAt!: number;

  @Column({ type: 'varchar', name: 'lease_owner', length: 36, nullable: true })
  leaseOwner!: string | null;

  @Column({ type: 'bigint', name: 'lease_until', nullable: true, transformer: epochMs })
  leaseUntil!: number | null;

  @Column({ type: 'text', name: 'last_error', nullable: true })
  lastError!: string | null;

  @Column({ type: 'bigint', name: 'updated_at', transformer: epochMs })
  updatedAt!: number;
}
