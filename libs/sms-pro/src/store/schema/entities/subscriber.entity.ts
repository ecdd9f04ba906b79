import { Column, Entity, PrimaryColumn } from 'typeorm';
import { epochMs } from './epoch-ms.transformer.js';

/** A durable subscriber, and one event that it subscribes to. */
@Entity({ name: 'sms_pro_subscriber' })
export class SmsProSubscriberEntity {
  @PrimaryColumn({ type: 'varchar', name: 'account', length: 32 })
  account!: string;

  /** `Class.method`. */
  @PrimaryColumn({ type: 'varchar', name: 'subscriber', length: 128 })
  subscriber!: string;

  @PrimaryColumn({ type: 'varchar', name: 'event_name', length: 32 })
  eventName!: string;

  /** When a process last registered it (epoch ms). */
  @Column({ type: 'bigint', name: 'seen_at', transformer: epochMs })
  seenAt!: number;
}
