import type { DataSource, DataSourceOptions } from 'typeorm';
import { ManualClock } from '../message/manual-clock.fixture.js';
import type { ClaimedPacket } from './packets/claimed-packet.js';
import type { NewMessage } from './messages/new-message.js';
import { leaseDatabase } from './database-pool.fixture.js';
import { openDataSource } from './schema/open-data-source.js';
import type { AttemptRecord, Replacement } from './packets/packet-change.js';
import type { StorePolicy } from './packets/store-policy.js';
import { openStores, type Stores } from './stores.js';
import { SmsProDatabase } from './database/sms-pro.database.js';
import type { SqlValue } from './dialects/sql-statement.js';
import type { SqlRow } from './database/sql-session.js';
import type { TestDatabase } from '../../../../test/support/test-databases.js';

/** The policy of the tests: every event is recorded, polls after two minutes, gives up after 72 hours. */
export const POLICY: StorePolicy = { recipientEvents: 'all', staleAfterMs: 120_000, giveUpAfterMs: 259_200_000 };

/** Columns whose text happens to be digits. */
const NUMERIC_TEXT = new Set(['code', 'gateway_status', 'phone']);

export const LEASE_MS = 60_000;

/** A store on a database of its own, with a clock that the test moves. */
export class TestStore {
  readonly clock = new ManualClock();
  readonly messages: Stores['messages'];
  readonly cancels: Stores['cancels'];
  readonly claims: Stores['claims'];
  readonly queue: Stores['queue'];
  readonly sweeps: Stores['sweeps'];
  readonly settles: Stores['settles'];
  readonly replacements: Stores['replacements'];
  readonly reports: Stores['reports'];
  readonly polls: Stores['polls'];
  readonly reportSources: Stores['reportSources'];
  readonly campaigns: Stores['campaigns'];
  readonly campaignCancels: Stores['campaignCancels'];
  readonly chunks: Stores['chunks'];
  readonly accounts: Stores['accounts'];
  readonly events: Stores['events'];
  readonly deliveries: Stores['deliveries'];
  readonly parked: Stores['parked'];
  readonly retention: Stores['retention'];

  private constructor(
    readonly dataSource: DataSource,
    readonly database: SmsProDatabase,
    policy: StorePolicy,
    private readonly giveBack: () => void,
  ) {
    const stores = openStores(database, policy);
    this.messages = stores.messages;
    this.cancels = stores.cancels;
    this.claims = stores.claims;
    this.queue = stores.queue;
    this.sweeps = stores.sweeps;
    this.settles = stores.settles;
    this.replacements = stores.replacements;
    this.reports = stores.reports;
    this.polls = stores.polls;
    this.reportSources = stores.reportSources;
    this.campaigns = stores.campaigns;
    this.campaignCancels = stores.campaignCancels;
    this.chunks = stores.chunks;
    this.accounts = stores.accounts;
    this.events = stores.events;
    this.deliveries = stores.deliveries;
    this.parked = stores.parked;
    this.retention = stores.retention;
  }

  static async open(policy: Partial<StorePolicy> = {}, file = ':memory:'): Promise<TestStore> {
    return TestStore.on({ type: 'better-sqlite3', database: file }, policy);
  }

  /** A store on an empty database of the kind given. On a server the tests of a file use the same one after another. */
  static async scratch(kind: TestDatabase, policy: Partial<StorePolicy> = {}): Promise<TestStore> {
    if (kind.name === 'sqlite') return TestStore.on((await kind.create()).options, policy);
    const { options, giveBack } = await leaseDatabase(kind);
    return TestStore.on(options, policy, giveBack);
  }

  private static async on(
    options: DataSourceOptions,
    policy: Partial<StorePolicy>,
    giveBack = () => {},
  ): Promise<TestStore> {
    // What is given back is migrated; SQLite begins with an empty file or with none.
    const dataSource = await openDataSource(options, options.type === 'better-sqlite3');
    return new TestStore(dataSource, new SmsProDatabase(dataSource, 'default'), { ...POLICY, ...policy }, giveBack);
  }

  async close(): Promise<void> {
    await this.database.close();
    this.giveBack();
  }

  /** Stores a message of one packet for each list of phones. */
  async given(packets: Readonly<Record<string, readonly string[]>>, message: Partial<NewMessage> = {}): Promise<void> {
    await this.messages.create(newMessage(this.clock.now(), packets, message));
  }

  /** Claims what is due, as one worker. */
  async claim(limit = 10, owner = 'worker-1', leaseMs = LEASE_MS): Promise<readonly ClaimedPacket[]> {
    return this.claims.claimDue({
      owner,
      now: this.clock.now(),
      leaseMs,
      limit,
      probes: limit,
      mayPost: true,
      pausedSenders: [],
      lowerLaneFirst: false,
    });
  }

  /** Claims the one packet that is due. */
  async claimOne(owner?: string): Promise<ClaimedPacket> {
    const [packet, ...more] = await this.claim(10, owner);
    if (packet === undefined || more.length > 0) throw new Error('Not exactly one packet was due.');
    return packet;
  }

  /** Settles a claimed packet as taken by the gateway. */
  async accept(packet: ClaimedPacket): Promise<boolean> {
    const now = this.clock.now();
    return this.settles.settle(
      packet,
      {
        change: {
          to: 'accepted',
          phones: packet.phones.length,
          smscnt: 1,
          gatewayStatus: '0',
          estimated: false,
          test: packet.test,
        },
        certainlyNotSent: false,
        refused: false,
      },
      attempt(now),
      now,
    );
  }

  /** Replaces an uncertain packet now; asks again now, if it was canceled. */
  async replace(packet: ClaimedPacket, replacement: Replacement, now = this.clock.now()): Promise<boolean> {
    return this.replacements.replace({
      packet,
      replacement,
      attempt: attempt(now, 'probe'),
      now,
      askAgainAt: now,
    });
  }

  /** Applies one report per phone, as pushed. */
  async report(packetId: string, codes: Readonly<Record<string, string>>, source: 'push' | 'poll' = 'push') {
    const reports = Object.entries(codes).map(([phone, code]) => ({
      packetId,
      phone,
      code,
      sendTime: '',
      rcvTime: '',
      sentAt: this.clock.now() - 2_000,
      deliveredAt: this.clock.now() - 1_000,
    }));
    return this.reports.apply(reports, source, this.clock.now());
  }

  /** Rows by hand, for what no method of the store returns. */
  async rows(sql: string, parameters: readonly SqlValue[] = []): Promise<SqlRow[]> {
    const rows = await this.database.read((session) => session.all(sql, parameters));
    // A BIGINT is a string to some drivers.
    return rows.map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([column, value]) => [
          column,
          NUMERIC_TEXT.has(column) || !/^-?\d{1,15}$/.test(String(value)) ? value : Number(value),
        ]),
      ),
    );
  }

  /** The names of the events so far, in order, with the phone they speak of. */
  async recordedEvents(): Promise<string[]> {
    const rows = await this.rows('SELECT name, phone FROM sms_pro_event ORDER BY event_seq');
    return rows.map((row) => [row['name'], row['phone']].filter(Boolean).join(' '));
  }

  /** `phone status` of every recipient of the message. */
  async statuses(messageId = 'message-1'): Promise<string[]> {
    const message = await this.messages.find(messageId);
    return (message?.recipients ?? []).map(({ phone, status }) => `${phone} ${status}`);
  }

  async state(packetId: string): Promise<unknown> {
    const [row] = await this.rows('SELECT state FROM sms_pro_packet WHERE packet_id = ?', [packetId]);
    return row?.['state'];
  }
}

/** A message of one packet for each list of phones. */
export function newMessage(
  now: number,
  packets: Readonly<Record<string, readonly string[]>>,
  message: Partial<NewMessage> = {},
): NewMessage {
  return {
    messageId: 'message-1',
    sender: 'My-company',
    text: 'Hello',
    textDigest: null,
    sensitive: false,
    encoding: 'gsm7',
    segments: 1,
    priority: 1,
    test: false,
    sendAt: null,
    validUntil: null,
    deadlineAt: now + 86_400_000,
    reference: null,
    metadata: null,
    createdAt: now,
    idempotency: null,
    packets: Object.entries(packets).map(([packetId, phones]) => ({ packetId, phones })),
    ...message,
  };
}

/** A try that ended now, for the audit. */
export function attempt(now: number, kind: 'send' | 'probe' = 'send'): AttemptRecord {
  return {
    kind,
    startedAt: now,
    endedAt: now,
    outcome: 'answer',
    gatewayStatus: '0',
    httpStatus: 200,
    phones: null,
    smscnt: null,
    detail: null,
  };
}
