import type { DatabaseName } from '../extent.js';
import type { BareStore } from '../floors/bare-store.js';

/** Rows that exist before the measurement. */
export interface Filling {
  /** Packets; each has its own message. */
  readonly packets: number;
  /** Phones of each packet, all of its one message. */
  readonly phones: number;
  /** SQL of a packet's state, by its number `n` from 1. */
  readonly state: string;
  /** SQL of when it is polled (epoch ms), or NULL. */
  readonly nextPollAt: string;
  /** SQL that is 1 for a completed message. */
  readonly isOver: string;
  /** SQL of an event's state, by the number of its packet, or `null` for no events. */
  readonly eventState: string | null;
  /** Epoch ms. */
  readonly now: number;
}

/** Rows of one statement: one transaction for all would be as large as the table. */
const PART = 500_000;
const DAY_MS = 24 * 60 * 60_000;
const ID_DIGITS = 11;
/** Coprime numbers: every packet gets a different id, and the ids of neighbours are far apart. */
const STRIDE = 7_919n;
const ROUND = 10_000_000_019n;
const FIRST_PHONE = 996_499_999_999;

/** SQL that differs between the databases. */
interface Words {
  /** A table of numbers `n` from one to another. */
  numbers(from: number, to: number): string;
  /** A letter, and a number with leading zeros. */
  padded(letter: string, number: string): string;
  text(number: string): string;
}

const WORDS: Readonly<Record<DatabaseName, Words>> = {
  sqlite: {
    numbers: (from, to) =>
      `(WITH RECURSIVE s(n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM s WHERE n < ${to}) SELECT n FROM s)`,
    padded: (letter, number) => `'${letter}' || printf('%0${ID_DIGITS}d', ${number})`,
    text: (number) => `CAST(${number} AS text)`,
  },
  postgres: {
    numbers: (from, to) => `(SELECT generate_series(${from}::bigint, ${to}) AS n)`,
    padded: (letter, number) => `'${letter}' || LPAD((${number})::text, ${ID_DIGITS}, '0')`,
    text: (number) => `(${number})::text`,
  },
  mariadb: {
    numbers: (from, to) => `(SELECT seq AS n FROM seq_${from}_to_${to})`,
    padded: (letter, number) => `CONCAT('${letter}', LPAD(${number}, ${ID_DIGITS}, '0'))`,
    text: (number) => `CONCAT(${number})`,
  },
};

const ANALYZE: Readonly<Record<DatabaseName, readonly string[]>> = {
  sqlite: ['ANALYZE'],
  postgres: ['VACUUM ANALYZE'],
  mariadb: ['ANALYZE TABLE sms_pro_packet, sms_pro_recipient, sms_pro_message, sms_pro_event'],
};

function spread(): string {
  return `(n * ${STRIDE}) % ${ROUND}`;
}

/** SQL of the ids of a filled packet and its message. Packet ids are spread by a stride, like random ones. */
function filledIds(name: DatabaseName): { readonly packet: string; readonly message: string } {
  const { padded } = WORDS[name];
  return { packet: padded('a', spread()), message: padded('m', 'n') };
}

/** The id of the n-th filled message. */
export function filledMessageId(n: number): string {
  return `m${String(n).padStart(ID_DIGITS, '0')}`;
}

/** The id of the n-th filled packet. */
export function filledPacketId(n: number): string {
  return `a${String((BigInt(n) * STRIDE) % ROUND).padStart(ID_DIGITS, '0')}`;
}

/** The phone of the n-th filled packet, if each has only one. */
export function filledPhone(n: number): string {
  return String(FIRST_PHONE + n);
}

/** Lets the database itself create the rows, and then updates its planner statistics. */
export async function fill(store: BareStore, name: DatabaseName, filling: Filling): Promise<void> {
  for (let from = 1; from <= filling.packets; from += PART) {
    const to = Math.min(from + PART - 1, filling.packets);
    for (const sql of statements(name, filling, from, to)) await store.run(sql);
  }
  for (const sql of ANALYZE[name]) await store.run(sql);
}

function statements(name: DatabaseName, filling: Filling, from: number, to: number): string[] {
  const { numbers, padded, text } = WORDS[name];
  const ids = filledIds(name);
  const { phones, state, nextPollAt, isOver, eventState, now } = filling;
  const of = numbers(from, to);
  const message: Readonly<Record<string, string | number>> = {
    message_id: ids.message,
    account: "'default'",
    sender: "'My-company'",
    text: "'Spring sale: 20 percent off until Sunday'",
    is_sensitive: 0,
    encoding: "'gsm7'",
    segments: 1,
    priority: 2,
    test: 0,
    recipients: phones,
    open_recipients: `CASE WHEN ${isOver} = 1 THEN 0 ELSE ${phones} END`,
    created_at: now - DAY_MS,
    completed_at: `CASE WHEN ${isOver} = 1 THEN ${now - DAY_MS / 2} END`,
  };
  const packet: Readonly<Record<string, string | number>> = {
    packet_id: ids.packet,
    account: "'default'",
    message_id: ids.message,
    root_packet_id: ids.packet,
    sender: "'My-company'",
    priority: 2,
    test: 0,
    is_sensitive: 0,
    segments: 1,
    recipients: phones,
    open_recipients: `CASE WHEN ${isOver} = 1 THEN 0 ELSE ${phones} END`,
    state,
    due_at: `${now - DAY_MS} + n`,
    deadline_at: now + DAY_MS,
    lease_token: 0,
    attempts: 1,
    open_tries: 0,
    probes: 0,
    refusals: 0,
    cancel_requested: 0,
    estimated: 0,
    created_at: now - DAY_MS,
    next_poll_at: nextPollAt,
    polls: 0,
    give_up_at: now + DAY_MS,
  };
  const recipient: Readonly<Record<string, string | number>> = {
    root_packet_id: ids.packet,
    phone: text(`${FIRST_PHONE} + (n - 1) * ${phones} + p.n`),
    packet_id: ids.packet,
    message_id: ids.message,
    position: 'p.n - 1',
    status: `CASE WHEN ${isOver} = 1 THEN 'delivered' END`,
    updated_at: now - DAY_MS,
  };
  const event: Readonly<Record<string, string | number>> = {
    event_id: padded('e', spread()),
    account: "'default'",
    name: "'recipient.delivered'",
    message_id: ids.message,
    packet_id: ids.packet,
    order_key: ids.packet,
    detail: `'{"status":"delivered"}'`,
    occurred_at: now - DAY_MS / 2,
    state: eventState ?? 'NULL',
  };
  const places = numbers(1, phones).replace(/^\(/, '(SELECT n AS k FROM (').replace(/\)$/, ') ks)');
  return [
    insert('sms_pro_message', message, `${of} q`),
    insert('sms_pro_packet', packet, `${of} q`),
    insert(
      'sms_pro_recipient',
      Object.fromEntries(Object.entries(recipient).map(([column, sql]) => [column, perPhone(sql)])),
      `${of} q CROSS JOIN ${places} p`,
    ),
    ...(eventState === null ? [] : [insert('sms_pro_event', event, `${of} q`)]),
  ];
}

/** The number of the packet becomes `q.n`, the number of the phone in it `p.k`. */
function perPhone(sql: string | number): string {
  return String(sql)
    .replaceAll(/\bp\.n\b/g, 'p.k')
    .replaceAll(/\bn\b/g, 'q.n');
}

function insert(table: string, columns: Readonly<Record<string, string | number>>, from: string): string {
  return `INSERT INTO ${table} (${Object.keys(columns).join(', ')}) SELECT ${Object.values(columns).join(', ')} FROM ${from}`;
}
