/** An index of a table. */
export interface TableIndex {
  readonly name: string;
  readonly table: string;
  readonly columns: string;
  readonly unique?: true;
  /** Which rows it holds, in a partial index: those that wait, not those that are done. */
  readonly where?: string;
  /**
   * MariaDB has no partial indexes and silently drops the WHERE: the columns that serve the same query there, or `null`
   * if it needs no index.
   */
  readonly mysqlColumns?: string | null;
}

/** All indexes of the module. */
export const INDEXES: readonly TableIndex[] = [
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
    // Only the search for deadlines can use it: with old statistics PostgreSQL would choose it for other queries, too.
    where: "state = 'queued' AND open_tries = 0",
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
    columns: 'campaign_id, state, packet_id',
    where: 'campaign_id IS NOT NULL',
    mysqlColumns: 'campaign_id, state, packet_id',
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
  {
    // The few packets that a report made accepted while their request was still in flight. MariaDB uses sms_pro_packet_sending.
    name: 'sms_pro_packet_answering',
    table: 'sms_pro_packet',
    columns: 'account, lease_until',
    where: "state = 'accepted' AND lease_owner IS NOT NULL",
    mysqlColumns: null,
  },
  {
    name: 'sms_pro_message_completed',
    table: 'sms_pro_message',
    columns: 'account, completed_at',
    where: 'completed_at IS NOT NULL',
    mysqlColumns: 'account, completed_at',
  },
  { name: 'sms_pro_idempotency_target', table: 'sms_pro_idempotency', columns: 'target_id' },
  { name: 'sms_pro_campaign_created', table: 'sms_pro_campaign', columns: 'account, created_at' },
];
