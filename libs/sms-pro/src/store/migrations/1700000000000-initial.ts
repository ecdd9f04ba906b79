import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * All tables of the module. No foreign keys: rows that belong together are written in one
 * transaction, and old ones are deleted in bounded batches.
 */
export const SQLITE_TABLES = [
  `CREATE TABLE sms_pro_message (
    message_id varchar(36) PRIMARY KEY NOT NULL,
    account varchar(32) NOT NULL,
    campaign_id varchar(36),
    sender varchar(14) NOT NULL,
    text text,
    text_digest varchar(64),
    sensitive integer NOT NULL,
    encoding varchar(4) NOT NULL,
    segments integer NOT NULL,
    priority integer NOT NULL,
    test integer NOT NULL,
    send_at bigint,
    valid_until bigint,
    reference varchar(255),
    metadata text,
    recipients integer NOT NULL,
    open_recipients integer NOT NULL,
    cancel_requested_at bigint,
    created_at bigint NOT NULL,
    completed_at bigint
  )`,
  `CREATE TABLE sms_pro_packet (
    packet_id varchar(12) PRIMARY KEY NOT NULL,
    account varchar(32) NOT NULL,
    message_id varchar(36) NOT NULL,
    campaign_id varchar(36),
    root_packet_id varchar(12) NOT NULL,
    replaces varchar(12),
    sender varchar(14) NOT NULL,
    priority integer NOT NULL,
    test integer NOT NULL,
    sensitive integer NOT NULL,
    segments integer NOT NULL,
    recipients integer NOT NULL,
    open_recipients integer NOT NULL,
    state varchar(10) NOT NULL,
    due_at bigint NOT NULL,
    valid_until bigint,
    deadline_at bigint NOT NULL,
    lease_owner varchar(36),
    lease_token integer NOT NULL,
    lease_until bigint,
    attempts integer NOT NULL,
    open_tries integer NOT NULL,
    probes integer NOT NULL,
    last_post_at bigint,
    last_try_at bigint,
    refusals integer NOT NULL,
    held_status varchar(16),
    cancel_requested integer NOT NULL,
    gateway_status varchar(16),
    reason varchar(32),
    phones integer,
    smscnt integer,
    billed integer,
    estimated integer NOT NULL,
    created_at bigint NOT NULL,
    accepted_at bigint,
    ended_at bigint,
    next_poll_at bigint,
    polls integer NOT NULL,
    poll_lease_owner varchar(36),
    poll_lease_until bigint,
    give_up_at bigint
  )`,
  `CREATE INDEX sms_pro_packet_queued ON sms_pro_packet (account, priority, due_at) WHERE state = 'queued'`,
  `CREATE INDEX sms_pro_packet_uncertain ON sms_pro_packet (account, due_at) WHERE state = 'uncertain'`,
  `CREATE INDEX sms_pro_packet_sending ON sms_pro_packet (account, lease_until) WHERE state = 'sending'`,
  `CREATE INDEX sms_pro_packet_deadline ON sms_pro_packet (account, deadline_at) WHERE state = 'queued'`,
  `CREATE INDEX sms_pro_packet_poll ON sms_pro_packet (account, next_poll_at) WHERE next_poll_at IS NOT NULL`,
  `CREATE INDEX sms_pro_packet_root ON sms_pro_packet (root_packet_id)`,
  `CREATE INDEX sms_pro_packet_campaign ON sms_pro_packet (campaign_id) WHERE campaign_id IS NOT NULL`,
  `CREATE TABLE sms_pro_recipient (
    root_packet_id varchar(12) NOT NULL,
    phone varchar(20) NOT NULL,
    packet_id varchar(12) NOT NULL,
    message_id varchar(36) NOT NULL,
    position integer NOT NULL,
    status varchar(12),
    reason varchar(32),
    report_code varchar(16),
    sent_at bigint,
    delivered_at bigint,
    updated_at bigint NOT NULL,
    PRIMARY KEY (root_packet_id, phone)
  ) WITHOUT ROWID`,
  `CREATE INDEX sms_pro_recipient_message ON sms_pro_recipient (message_id, position)`,
  `CREATE TABLE sms_pro_attempt (
    "attempt_id" integer PRIMARY KEY AUTOINCREMENT NOT NULL,
    packet_id varchar(12) NOT NULL,
    account varchar(32) NOT NULL,
    number integer NOT NULL,
    kind varchar(8) NOT NULL,
    owner varchar(36) NOT NULL,
    started_at bigint NOT NULL,
    ended_at bigint NOT NULL,
    outcome varchar(24) NOT NULL,
    gateway_status varchar(16),
    http_status integer,
    phones integer,
    smscnt integer,
    detail text
  )`,
  `CREATE INDEX sms_pro_attempt_packet ON sms_pro_attempt (packet_id)`,
  `CREATE TABLE sms_pro_report (
    "report_id" integer PRIMARY KEY AUTOINCREMENT NOT NULL,
    packet_id varchar(12) NOT NULL,
    phone varchar(20) NOT NULL,
    account varchar(32) NOT NULL,
    source varchar(8) NOT NULL,
    code varchar(16) NOT NULL,
    send_time varchar(20) NOT NULL,
    rcv_time varchar(20) NOT NULL,
    received_at bigint NOT NULL,
    applied integer NOT NULL
  )`,
  `CREATE INDEX sms_pro_report_recipient ON sms_pro_report (packet_id, phone)`,
  `CREATE TABLE sms_pro_event (
    "event_seq" integer PRIMARY KEY AUTOINCREMENT NOT NULL,
    event_id varchar(36) NOT NULL,
    account varchar(32) NOT NULL,
    name varchar(32) NOT NULL,
    message_id varchar(36),
    packet_id varchar(12),
    phone varchar(20),
    order_key varchar(64) NOT NULL,
    detail text NOT NULL,
    occurred_at bigint NOT NULL,
    state varchar(8) NOT NULL,
    lease_owner varchar(36),
    lease_until bigint,
    done_at bigint
  )`,
  `CREATE UNIQUE INDEX sms_pro_event_id ON sms_pro_event (event_id)`,
  `CREATE INDEX sms_pro_event_pending ON sms_pro_event (account, event_seq) WHERE state = 'pending'`,
  `CREATE INDEX sms_pro_event_order ON sms_pro_event (order_key, event_seq) WHERE state = 'pending'`,
  `CREATE INDEX sms_pro_event_message ON sms_pro_event (message_id)`,
  `CREATE TABLE sms_pro_delivery (
    event_seq bigint NOT NULL,
    subscriber varchar(128) NOT NULL,
    account varchar(32) NOT NULL,
    order_key varchar(64) NOT NULL,
    state varchar(8) NOT NULL,
    attempts integer NOT NULL,
    due_at bigint NOT NULL,
    lease_owner varchar(36),
    lease_until bigint,
    last_error text,
    updated_at bigint NOT NULL,
    PRIMARY KEY (event_seq, subscriber)
  )`,
  `CREATE INDEX sms_pro_delivery_due ON sms_pro_delivery (account, due_at) WHERE state = 'pending'`,
  `CREATE INDEX sms_pro_delivery_order ON sms_pro_delivery (subscriber, order_key, event_seq) WHERE state = 'pending'`,
  `CREATE INDEX sms_pro_delivery_parked ON sms_pro_delivery (account, event_seq) WHERE state = 'parked'`,
  `CREATE TABLE sms_pro_subscriber (
    account varchar(32) NOT NULL,
    subscriber varchar(128) NOT NULL,
    event_name varchar(32) NOT NULL,
    seen_at bigint NOT NULL,
    PRIMARY KEY (account, subscriber, event_name)
  )`,
  `CREATE TABLE sms_pro_pause (
    account varchar(32) NOT NULL,
    scope varchar(14) NOT NULL,
    state varchar(8) NOT NULL,
    reason varchar(32),
    gateway_status varchar(16),
    since bigint,
    next_probe_at bigint,
    probes integer NOT NULL,
    streak_code varchar(16),
    streak integer NOT NULL,
    updated_at bigint NOT NULL,
    PRIMARY KEY (account, scope)
  )`,
  `CREATE TABLE sms_pro_account (
    account varchar(32) PRIMARY KEY NOT NULL,
    balance varchar(32),
    sms_price varchar(32),
    active integer,
    checked_at bigint,
    low_told integer NOT NULL,
    pushed_at bigint,
    polled_at bigint
  )`,
  `CREATE TABLE sms_pro_campaign (
    campaign_id varchar(36) PRIMARY KEY NOT NULL,
    account varchar(32) NOT NULL,
    idempotency_key varchar(255),
    state varchar(10) NOT NULL,
    consumed integer NOT NULL,
    messages integer NOT NULL,
    recipients integer NOT NULL,
    segments integer NOT NULL,
    rejected integer NOT NULL,
    created_at bigint NOT NULL,
    canceled_at bigint,
    ended_at bigint
  )`,
  `CREATE TABLE sms_pro_idempotency (
    account varchar(32) NOT NULL,
    idempotency_key varchar(255) NOT NULL,
    scope varchar(8) NOT NULL,
    target_id varchar(36) NOT NULL,
    fingerprint varchar(64) NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (account, scope, idempotency_key)
  )`,
] as const;

/** The tables this version needs, newest last, for a clean removal. */
const TABLE_NAMES = SQLITE_TABLES.flatMap((sql) => /^CREATE TABLE (\w+)/.exec(sql)?.[1] ?? []);

/** The first version of all tables. */
export class SmsProInitial1700000000000 implements MigrationInterface {
  readonly name = 'SmsProInitial1700000000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const sql of SQLITE_TABLES) {
      await runner.query(sql);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLE_NAMES.toReversed()) {
      await runner.query(`DROP TABLE ${table}`);
    }
  }
}
