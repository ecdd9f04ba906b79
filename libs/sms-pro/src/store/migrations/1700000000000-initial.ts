import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dialectOf, type Dialect } from '../dialect.js';

/** How one dialect writes what the tables below leave open. Frozen with this migration. */
type Words = Readonly<Record<'sequence' | 'long' | 'plain' | 'clustered', string>> & {
  ascii(length: string): string;
  unicode(length: string): string;
};

/** MariaDB compares without case, and without trailing blanks, unless told otherwise: ids and keys are exact bytes. */
const MYSQL_TABLE = ') ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin';

const WORDS: Readonly<Record<Dialect['name'], Words>> = {
  sqlite: {
    sequence: 'integer PRIMARY KEY AUTOINCREMENT NOT NULL',
    long: 'text',
    plain: ')',
    clustered: ') WITHOUT ROWID',
    ascii: (length) => `varchar(${length})`,
    unicode: (length) => `varchar(${length})`,
  },
  postgres: {
    sequence: 'bigserial PRIMARY KEY NOT NULL',
    long: 'text',
    plain: ')',
    clustered: ')',
    ascii: (length) => `varchar(${length})`,
    unicode: (length) => `varchar(${length})`,
  },
  mysql: {
    sequence: 'bigint PRIMARY KEY AUTO_INCREMENT NOT NULL',
    long: 'mediumtext',
    plain: MYSQL_TABLE,
    clustered: MYSQL_TABLE,
    ascii: (length) => `varchar(${length}) CHARACTER SET ascii COLLATE ascii_bin`,
    unicode: (length) => `varchar(${length})`,
  },
};

/**
 * All tables of the module. No foreign keys: rows that belong together are written in one transaction, and old ones
 * are deleted in bounded batches.
 */
const TABLES = [
  `CREATE TABLE sms_pro_message (
    message_id {ascii:36} PRIMARY KEY NOT NULL,
    account {ascii:32} NOT NULL,
    campaign_id {ascii:36},
    sender {ascii:14} NOT NULL,
    text {long},
    text_digest {ascii:64},
    is_sensitive integer NOT NULL,
    encoding {ascii:4} NOT NULL,
    segments integer NOT NULL,
    priority integer NOT NULL,
    test integer NOT NULL,
    send_at bigint,
    valid_until bigint,
    reference {unicode:255},
    metadata {long},
    recipients integer NOT NULL,
    open_recipients integer NOT NULL,
    cancel_requested_at bigint,
    created_at bigint NOT NULL,
    completed_at bigint
  {plain}`,
  `CREATE TABLE sms_pro_packet (
    packet_id {ascii:12} PRIMARY KEY NOT NULL,
    account {ascii:32} NOT NULL,
    message_id {ascii:36} NOT NULL,
    campaign_id {ascii:36},
    root_packet_id {ascii:12} NOT NULL,
    replaces {ascii:12},
    sender {ascii:14} NOT NULL,
    priority integer NOT NULL,
    test integer NOT NULL,
    is_sensitive integer NOT NULL,
    segments integer NOT NULL,
    recipients integer NOT NULL,
    open_recipients integer NOT NULL,
    state {ascii:10} NOT NULL,
    due_at bigint NOT NULL,
    valid_until bigint,
    deadline_at bigint NOT NULL,
    lease_owner {ascii:36},
    lease_token integer NOT NULL,
    lease_until bigint,
    attempts integer NOT NULL,
    open_tries integer NOT NULL,
    probes integer NOT NULL,
    last_post_at bigint,
    last_try_at bigint,
    refusals integer NOT NULL,
    held_status {ascii:16},
    cancel_requested integer NOT NULL,
    gateway_status {ascii:16},
    reason {ascii:32},
    phones integer,
    smscnt integer,
    billed integer,
    estimated integer NOT NULL,
    created_at bigint NOT NULL,
    accepted_at bigint,
    ended_at bigint,
    next_poll_at bigint,
    polls integer NOT NULL,
    poll_lease_owner {ascii:36},
    poll_lease_until bigint,
    give_up_at bigint
  {plain}`,
  `CREATE TABLE sms_pro_recipient (
    root_packet_id {ascii:12} NOT NULL,
    phone {ascii:20} NOT NULL,
    packet_id {ascii:12} NOT NULL,
    message_id {ascii:36} NOT NULL,
    position integer NOT NULL,
    status {ascii:12},
    reason {ascii:32},
    report_code {ascii:16},
    sent_at bigint,
    delivered_at bigint,
    updated_at bigint NOT NULL,
    PRIMARY KEY (root_packet_id, phone)
  {clustered}`,
  `CREATE TABLE sms_pro_attempt (
    attempt_id {sequence},
    packet_id {ascii:12} NOT NULL,
    account {ascii:32} NOT NULL,
    number integer NOT NULL,
    kind {ascii:8} NOT NULL,
    owner {ascii:36} NOT NULL,
    started_at bigint NOT NULL,
    ended_at bigint NOT NULL,
    outcome {ascii:24} NOT NULL,
    gateway_status {ascii:16},
    http_status integer,
    phones integer,
    smscnt integer,
    detail {long}
  {plain}`,
  `CREATE TABLE sms_pro_report (
    report_id {sequence},
    packet_id {ascii:12} NOT NULL,
    phone {ascii:20} NOT NULL,
    account {ascii:32} NOT NULL,
    source {ascii:8} NOT NULL,
    code {ascii:16} NOT NULL,
    send_time {ascii:20} NOT NULL,
    rcv_time {ascii:20} NOT NULL,
    received_at bigint NOT NULL,
    applied integer NOT NULL
  {plain}`,
  `CREATE TABLE sms_pro_event (
    event_seq {sequence},
    event_id {ascii:36} NOT NULL,
    account {ascii:32} NOT NULL,
    name {ascii:32} NOT NULL,
    message_id {ascii:36},
    packet_id {ascii:12},
    phone {ascii:20},
    order_key {ascii:64} NOT NULL,
    detail {long} NOT NULL,
    occurred_at bigint NOT NULL,
    state {ascii:8} NOT NULL,
    lease_owner {ascii:36},
    lease_until bigint,
    done_at bigint
  {plain}`,
  `CREATE TABLE sms_pro_delivery (
    event_seq bigint NOT NULL,
    subscriber {unicode:128} NOT NULL,
    account {ascii:32} NOT NULL,
    order_key {ascii:64} NOT NULL,
    state {ascii:8} NOT NULL,
    attempts integer NOT NULL,
    due_at bigint NOT NULL,
    lease_owner {ascii:36},
    lease_until bigint,
    last_error {long},
    updated_at bigint NOT NULL,
    PRIMARY KEY (event_seq, subscriber)
  {plain}`,
  `CREATE TABLE sms_pro_subscriber (
    account {ascii:32} NOT NULL,
    subscriber {unicode:128} NOT NULL,
    event_name {ascii:32} NOT NULL,
    seen_at bigint NOT NULL,
    PRIMARY KEY (account, subscriber, event_name)
  {plain}`,
  `CREATE TABLE sms_pro_pause (
    account {ascii:32} NOT NULL,
    scope {ascii:14} NOT NULL,
    state {ascii:8} NOT NULL,
    reason {ascii:32},
    gateway_status {ascii:16},
    since bigint,
    next_probe_at bigint,
    probes integer NOT NULL,
    streak_code {ascii:16},
    streak integer NOT NULL,
    updated_at bigint NOT NULL,
    PRIMARY KEY (account, scope)
  {plain}`,
  `CREATE TABLE sms_pro_account (
    account {ascii:32} PRIMARY KEY NOT NULL,
    balance {ascii:32},
    sms_price {ascii:32},
    active integer,
    checked_at bigint,
    low_told integer NOT NULL,
    pushed_at bigint,
    polled_at bigint
  {plain}`,
  `CREATE TABLE sms_pro_campaign (
    campaign_id {ascii:36} PRIMARY KEY NOT NULL,
    account {ascii:32} NOT NULL,
    idempotency_key {ascii:64},
    state {ascii:10} NOT NULL,
    consumed integer NOT NULL,
    messages integer NOT NULL,
    recipients integer NOT NULL,
    segments integer NOT NULL,
    rejected integer NOT NULL,
    created_at bigint NOT NULL,
    canceled_at bigint,
    ended_at bigint
  {plain}`,
  `CREATE TABLE sms_pro_idempotency (
    account {ascii:32} NOT NULL,
    idempotency_key {ascii:64} NOT NULL,
    scope {ascii:8} NOT NULL,
    target_id {ascii:36} NOT NULL,
    fingerprint {ascii:64} NOT NULL,
    created_at bigint NOT NULL,
    PRIMARY KEY (account, scope, idempotency_key)
  {plain}`,
] as const;

interface TableIndex {
  readonly name: string;
  readonly table: string;
  readonly columns: string;
  readonly unique?: true;
  /** Only these rows: what is due, not what was. */
  readonly where?: string;
  /** MariaDB has no partial indexes and drops the WHERE in silence: the columns that do the same. */
  readonly mysqlColumns?: string;
}

const INDEXES: readonly TableIndex[] = [
  {
    name: 'sms_pro_packet_queued',
    table: 'sms_pro_packet',
    columns: 'account, priority, due_at',
    where: "state = 'queued'",
    mysqlColumns: 'account, state, priority, due_at',
  },
  {
    name: 'sms_pro_packet_uncertain',
    table: 'sms_pro_packet',
    columns: 'account, due_at',
    where: "state = 'uncertain'",
    mysqlColumns: 'account, state, due_at',
  },
  {
    name: 'sms_pro_packet_sending',
    table: 'sms_pro_packet',
    columns: 'account, lease_until',
    where: "state = 'sending'",
    mysqlColumns: 'account, state, lease_until',
  },
  {
    name: 'sms_pro_packet_deadline',
    table: 'sms_pro_packet',
    columns: 'account, deadline_at',
    where: "state = 'queued'",
    mysqlColumns: 'account, state, deadline_at',
  },
  {
    name: 'sms_pro_packet_poll',
    table: 'sms_pro_packet',
    columns: 'account, next_poll_at',
    where: 'next_poll_at IS NOT NULL',
    mysqlColumns: 'account, next_poll_at',
  },
  { name: 'sms_pro_packet_root', table: 'sms_pro_packet', columns: 'root_packet_id' },
  {
    name: 'sms_pro_packet_campaign',
    table: 'sms_pro_packet',
    columns: 'campaign_id',
    where: 'campaign_id IS NOT NULL',
    mysqlColumns: 'campaign_id',
  },
  { name: 'sms_pro_recipient_message', table: 'sms_pro_recipient', columns: 'message_id, position' },
  { name: 'sms_pro_attempt_packet', table: 'sms_pro_attempt', columns: 'packet_id' },
  { name: 'sms_pro_report_recipient', table: 'sms_pro_report', columns: 'packet_id, phone' },
  { name: 'sms_pro_event_id', table: 'sms_pro_event', columns: 'event_id', unique: true },
  {
    name: 'sms_pro_event_pending',
    table: 'sms_pro_event',
    columns: 'account, event_seq',
    where: "state = 'pending'",
    mysqlColumns: 'account, state, event_seq',
  },
  {
    name: 'sms_pro_event_order',
    table: 'sms_pro_event',
    columns: 'order_key, event_seq',
    where: "state = 'pending'",
    mysqlColumns: 'order_key, state, event_seq',
  },
  { name: 'sms_pro_event_message', table: 'sms_pro_event', columns: 'message_id' },
  {
    name: 'sms_pro_delivery_due',
    table: 'sms_pro_delivery',
    columns: 'account, due_at',
    where: "state = 'pending'",
    mysqlColumns: 'account, state, due_at',
  },
  {
    name: 'sms_pro_delivery_order',
    table: 'sms_pro_delivery',
    columns: 'subscriber, order_key, event_seq',
    where: "state = 'pending'",
    mysqlColumns: 'subscriber, order_key, state, event_seq',
  },
  {
    name: 'sms_pro_delivery_parked',
    table: 'sms_pro_delivery',
    columns: 'account, event_seq',
    where: "state = 'parked'",
    mysqlColumns: 'account, state, event_seq',
  },
];

const TABLE_NAMES = TABLES.flatMap((sql) => /^CREATE TABLE (\w+)/.exec(sql)?.[1] ?? []);

function tableSql(sql: string, words: Words): string {
  return (
    sql
      .replaceAll(/\{(ascii|unicode):(\d+)\}/g, (_all, kind: 'ascii' | 'unicode', length: string) =>
        words[kind](length),
      )
      .replaceAll(
        /\{(sequence|long|plain|clustered)\}/g,
        (_all, word: 'sequence' | 'long' | 'plain' | 'clustered') => words[word],
      )
      // TypeORM recognises a SQLite sequence only by its quotes.
      .replaceAll(/(\w+) (integer PRIMARY KEY AUTOINCREMENT)/g, '"$1" $2')
  );
}

function indexSql(
  { name, table, columns, unique, where, mysqlColumns }: TableIndex,
  { name: dialect }: Dialect,
): string {
  const kind = unique === true ? 'UNIQUE INDEX' : 'INDEX';
  if (dialect === 'mysql') return `CREATE ${kind} ${name} ON ${table} (${mysqlColumns ?? columns})`;
  return `CREATE ${kind} ${name} ON ${table} (${columns})${where === undefined ? '' : ` WHERE ${where}`}`;
}

/** The first version of all tables. */
export class SmsProInitial1700000000000 implements MigrationInterface {
  readonly name = 'SmsProInitial1700000000000';

  async up(runner: QueryRunner): Promise<void> {
    const dialect = dialectOf(runner.dataSource.options.type);
    for (const sql of TABLES) await runner.query(tableSql(sql, WORDS[dialect.name]));
    for (const index of INDEXES) await runner.query(indexSql(index, dialect));
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of TABLE_NAMES.toReversed()) await runner.query(`DROP TABLE ${table}`);
  }
}
