import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { epochMs } from './epoch-ms.transformer.js';

/** One request to the gateway: the row is also its job in the queue. Instants are epoch milliseconds, flags 0 or 1. */
@Entity({ name: 'sms_pro_packet' })
@Index('sms_pro_packet_queued', ['account', 'priority', 'dueAt'], { where: "state = 'queued'" })
@Index('sms_pro_packet_uncertain', ['account', 'dueAt'], { where: "state = 'uncertain'" })
@Index('sms_pro_packet_sending', ['account', 'leaseUntil'], { where: "state = 'sending'" })
@Index('sms_pro_packet_answering', ['account', 'leaseUntil'], {
  where: "state = 'accepted' AND lease_owner IS NOT NULL",
})
@Index('sms_pro_packet_deadline', ['account', 'deadlineAt'], { where: "state = 'queued' AND open_tries = 0" })
@Index('sms_pro_packet_poll', ['account', 'nextPollAt'], { where: 'next_poll_at IS NOT NULL' })
@Index('sms_pro_packet_root', ['rootPacketId'])
@Index('sms_pro_packet_campaign', ['campaignId', 'state', 'packetId'], { where: 'campaign_id IS NOT NULL' })
export class SmsProPacketEntity {
  /** The gateway's `<id>`. A repeat has the same one. */
  @PrimaryColumn({ type: 'varchar', name: 'packet_id', length: 12 })
  packetId!: string;

  @Column({ type: 'varchar', name: 'account', length: 32 })
  account!: string;

  /** The message that has the text: that of its first recipient. */
  @Column({ type: 'varchar', name: 'message_id', length: 36 })
  messageId!: string;

  @Column({ type: 'varchar', name: 'campaign_id', length: 36, nullable: true })
  campaignId!: string | null;

  /** The first packet that its recipients were in. */
  @Column({ type: 'varchar', name: 'root_packet_id', length: 12 })
  rootPacketId!: string;

  /** The packet that it replaces. */
  @Column({ type: 'varchar', name: 'replaces', length: 12, nullable: true })
  replaces!: string | null;

  @Column({ type: 'varchar', name: 'sender', length: 14 })
  sender!: string;

  /** 0 `high`, 1 `normal`, 2 `low`. */
  @Column({ type: 'integer', name: 'priority' })
  priority!: number;

  @Column({ type: 'integer', name: 'test' })
  test!: number;

  @Column({ type: 'integer', name: 'is_sensitive' })
  sensitive!: number;

  /** SMS per phone, as this package counts them. */
  @Column({ type: 'integer', name: 'segments' })
  segments!: number;

  @Column({ type: 'integer', name: 'recipients' })
  recipients!: number;

  /** Recipients without a final status. */
  @Column({ type: 'integer', name: 'open_recipients' })
  openRecipients!: number;

  /** `queued`, `sending`, `uncertain`, `accepted`, `rejected`, `expired`, `canceled`, `split` or `unknown`. */
  @Column({ type: 'varchar', name: 'state', length: 10 })
  state!: string;

  /** When it is sent, or probed if it is uncertain; while it is leased, the end of the lease. */
  @Column({ type: 'bigint', name: 'due_at', transformer: epochMs })
  dueAt!: number;

  /** As the request gave it. */
  @Column({ type: 'bigint', name: 'valid_until', nullable: true, transformer: epochMs })
  validUntil!: number | null;

  /** It is not sent after this instant. */
  @Column({ type: 'bigint', name: 'deadline_at', transformer: epochMs })
  deadlineAt!: number;

  @Column({ type: 'varchar', name: 'lease_owner', length: 36, nullable: true })
  leaseOwner!: string | null;

  /** Grows with each lease: only the worker with the current one may settle. */
  @Column({ type: 'integer', name: 'lease_token' })
  leaseToken!: number;

  @Column({ type: 'bigint', name: 'lease_until', nullable: true, transformer: epochMs })
  leaseUntil!: number | null;

  /** Claims for a request to `/api/message`. */
  @Column({ type: 'integer', name: 'attempts' })
  attempts!: number;

  /** Tries that the gateway may have taken. */
  @Column({ type: 'integer', name: 'open_tries' })
  openTries!: number;

  /** Queries to `/api/dr` since the last try. */
  @Column({ type: 'integer', name: 'probes' })
  probes!: number;

  /** When the last request began. */
  @Column({ type: 'bigint', name: 'last_post_at', nullable: true, transformer: epochMs })
  lastPostAt!: number | null;

  /** When the last try was given up. */
  @Column({ type: 'bigint', name: 'last_try_at', nullable: true, transformer: epochMs })
  lastTryAt!: number | null;

  /** Answers that refused the account (2, 3, 4 or 11). */
  @Column({ type: 'integer', name: 'refusals' })
  refusals!: number;

  /** A refusal that does not yet decide what happens to the packet. */
  @Column({ type: 'varchar', name: 'held_status', length: 16, nullable: true })
  heldStatus!: string | null;

  @Column({ type: 'integer', name: 'cancel_requested' })
  cancelRequested!: number;

  /** The status of the last answer. */
  @Column({ type: 'varchar', name: 'gateway_status', length: 16, nullable: true })
  gatewayStatus!: string | null;

  @Column({ type: 'varchar', name: 'reason', length: 32, nullable: true })
  reason!: string | null;

  /** Phones that the gateway recognised. */
  @Column({ type: 'integer', name: 'phones', nullable: true })
  phones!: number | null;

  /** SMS per phone, as the gateway counts them. */
  @Column({ type: 'integer', name: 'smscnt', nullable: true })
  smscnt!: number | null;

  /** SMS billed in total. */
  @Column({ type: 'integer', name: 'billed', nullable: true })
  billed!: number | null;

  /** 1 if no answer was read, so that `billed` is an estimate. */
  @Column({ type: 'integer', name: 'estimated' })
  estimated!: number;

  @Column({ type: 'bigint', name: 'created_at', transformer: epochMs })
  createdAt!: number;

  @Column({ type: 'bigint', name: 'accepted_at', nullable: true, transformer: epochMs })
  acceptedAt!: number | null;

  @Column({ type: 'bigint', name: 'ended_at', nullable: true, transformer: epochMs })
  endedAt!: number | null;

  /** When its reports are polled next; NULL if never. */
  @Column({ type: 'bigint', name: 'next_poll_at', nullable: true, transformer: epochMs })
  nextPollAt!: number | null;

  @Column({ type: 'integer', name: 'polls' })
  polls!: number;

  @Column({ type: 'varchar', name: 'poll_lease_owner', length: 36, nullable: true })
  pollLeaseOwner!: string | null;

  @Column({ type: 'bigint', name: 'poll_lease_until', nullable: true, transformer: epochMs })
  pollLeaseUntil!: number | null;

  /** When its open recipients become `unknown`. */
  @Column({ type: 'bigint', name: 'give_up_at', nullable: true, transformer: epochMs })
  giveUpAt!: number | null;
}
