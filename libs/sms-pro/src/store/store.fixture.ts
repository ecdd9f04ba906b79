import type { DataSource, DataSourceOptions } from 'typeorm';
import { ManualClock } from '../message/manual-clock.fixture.js';
import { AccountStore } from './account.store.js';
import { BulkStore } from './bulk.store.js';
import { CampaignCancelStore } from './campaign-cancel.store.js';
import { CampaignStore } from './campaign.store.js';
import { CancelStore } from './cancel.store.js';
import { ClaimStore } from './claim.store.js';
import type { ClaimedPacket } from './claimed-packet.js';
import { EventStore } from './event.store.js';
import { MessageStore, type NewMessage } from './message.store.js';
import { openDataSource } from './open-data-source.js';
import type { AttemptRecord } from './packet-change.js';
import { ParkedStore } from './parked.store.js';
import { PollStore } from './poll.store.js';
import { ReportStore } from './report.store.js';
import { ReplaceStore } from './replace.store.js';
import { SettleStore, type SettlePolicy } from './settle.store.js';
import { SmsProDatabase } from './sms-pro.database.js';
import type { SqlRow, SqlValue } from './sql-session.js';
import type { TestDatabase } from '../../../../test/support/test-databases.js';

/** The policy of the tests: everything is told, polls after two minutes, gives up after 72 hours. */
export const POLICY: SettlePolicy = { recipientEvents: 'all', staleAfterMs: 120_000, giveUpAfterMs: 259_200_000 };

/** Columns whose text happens to be digits. */
const NUMERIC_TEXT = new Set(['code', 'gateway_status', 'phone']);

export const LEASE_MS = 60_000;

/** A store on a database of its own, with a clock that the test moves. */
export class TestStore {
  readonly clock = new ManualClock();
  readonly messages: MessageStore;
  readonly claims: ClaimStore;
  readonly settles: SettleStore;
  readonly replacements: ReplaceStore;
  readonly parked: ParkedStore;
  readonly reports: ReportStore;
  readonly polls: PollStore;
  readonly accounts: AccountStore;
  readonly events: EventStore;
  readonly cancels: CancelStore;
  readonly campaigns: CampaignStore;
  readonly campaignCancels: CampaignCancelStore;
  readonly chunks: BulkStore;

  private constructor(
    readonly dataSource: DataSource,
    readonly database: SmsProDatabase,
    policy: SettlePolicy,
    private readonly drop: () => Promise<void>,
  ) {
    this.messages = new MessageStore(database);
    this.claims = new ClaimStore(database);
    this.settles = new SettleStore(database, policy);
    this.replacements = new ReplaceStore(database, policy);
    this.parked = new ParkedStore(database);
    this.reports = new ReportStore(database, policy);
    this.polls = new PollStore(database, policy);
    this.accounts = new AccountStore(database);
    this.events = new EventStore(database);
    this.cancels = new CancelStore(database, policy);
    this.campaigns = new CampaignStore(database);
    this.campaignCancels = new CampaignCancelStore(database, policy);
    this.chunks = new BulkStore(database);
  }

  static async open(policy: Partial<SettlePolicy> = {}, file = ':memory:'): Promise<TestStore> {
    return TestStore.on({ type: 'better-sqlite3', database: file }, policy);
  }

  /** A store on a database of its own, of the kind given. */
  static async scratch(kind: TestDatabase, policy: Partial<SettlePolicy> = {}): Promise<TestStore> {
    const { options, drop } = await kind.create();
    return TestStore.on(options, policy, drop);
  }

  private static async on(
    options: DataSourceOptions,
    policy: Partial<SettlePolicy>,
    drop = async () => {},
  ): Promise<TestStore> {
    const dataSource = await openDataSource(options, true);
    return new TestStore(dataSource, new SmsProDatabase(dataSource, 'default'), { ...POLICY, ...policy }, drop);
  }

  async close(): Promise<void> {
    await this.database.close();
    await this.drop();
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
        certainlyNot: false,
        refused: false,
      },
      attempt(now),
      now,
    );
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

  /** Rows by hand, for what no method of the store tells. */
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
  async told(): Promise<string[]> {
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
