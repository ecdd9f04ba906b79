import type { ReportsAnswer } from '../gateway/dr.codec.js';
import type { PhoneReport } from '../message/incoming-report.js';
import { PollingOptions } from '../options/option-sections.js';
import { ReportSourceStore } from '../store/reports/report-source.store.js';
import { TestStore } from '../store/store.fixture.js';
import { PushWatch } from './push-watch.js';
import { ReportPoller } from './report-poller.js';

export const A = '996555000001';
export const B = '996555000002';
export const P = 'a00000000001';

const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const INTERVAL_MS = 15 * SECOND_MS;

/** The gateway does not know the packet. */
export const NOT_FOUND: ReportsAnswer = { status: '4', reports: [], unreadable: 0 };

/** The gateway shows these phones, each with its code. */
export function found(codes: Readonly<Record<string, string>>): ReportsAnswer {
  const reports = Object.entries(codes).map(([phone, code]): PhoneReport => ({
    phone,
    code,
    sendTime: '',
    rcvTime: '',
    sentAt: null,
    deliveredAt: null,
  }));
  return { status: '0', reports, unreadable: 0 };
}

/** What `/api/dr` says, and when it was asked. */
export class DrGateway {
  readonly asked: { readonly id: string; readonly at: number }[] = [];
  /** The most requests that were open at once. */
  maxOpen = 0;
  private open = 0;
  answer: (id: string) => ReportsAnswer | Promise<ReportsAnswer> = () => NOT_FOUND;

  constructor(private readonly now: () => number) {}

  async getReports(id: string): Promise<ReportsAnswer> {
    this.asked.push({ id, at: this.now() });
    this.open += 1;
    this.maxOpen = Math.max(this.maxOpen, this.open);
    try {
      return await this.answer(id);
    } finally {
      this.open -= 1;
    }
  }

  /** The minutes from each request to the next. */
  minutesBetween(): number[] {
    return this.asked.slice(1).map(({ at }, index) => (at - (this.asked[index]?.at ?? 0)) / MINUTE_MS);
  }
}

/** A poller over a real store, with a gateway that the test scripts and a clock that it moves. */
export class TestPoller {
  readonly said: string[] = [];
  readonly gateway: DrGateway;
  watch: PushWatch;
  private poller: ReportPoller;
  private readonly logger = {
    log: () => {},
    debug: () => {},
    warn: (line: string) => this.said.push(line),
    error: (line: string) => this.said.push(line),
  };

  private constructor(readonly store: TestStore) {
    this.gateway = new DrGateway(() => store.clock.now());
    this.watch = this.makeWatch({ enabled: true, reportPath: 'sms-pro/reports', wantsSecret: false });
    this.poller = this.makePoller();
  }

  static async open(): Promise<TestPoller> {
    return new TestPoller(await TestStore.open());
  }

  async close(): Promise<void> {
    await this.store.close();
  }

  /** Polls by other rules from now on. */
  setPoller(rules: { readonly batchSize: number }): void {
    this.poller = this.makePoller(rules);
  }

  /** Watches for pushes by other rules from now on. */
  setWatch(rules: ConstructorParameters<typeof PushWatch>[0]): void {
    this.watch = this.makeWatch(rules);
    this.poller = this.makePoller();
  }

  /** Packets that the gateway took, each with these phones. */
  async givenAccepted(packets = 1, phones: readonly string[] = [A, B]): Promise<void> {
    const ids = Array.from({ length: packets }, (_, at) => `a${String(at + 1).padStart(11, '0')}`);
    await this.store.given(Object.fromEntries(ids.map((id) => [id, phones])));
    for (const packet of await this.store.claim(packets)) await this.store.accept(packet);
  }

  async poll(): Promise<void> {
    await this.poller.poll();
  }

  /** Lets time pass as the interval of the scheduler does. */
  async pass(ms: number, stepMs = INTERVAL_MS): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      this.store.clock.advance(stepMs);
      await this.poll();
    }
  }

  private makeWatch(rules: ConstructorParameters<typeof PushWatch>[0]): PushWatch {
    return new PushWatch(rules, new ReportSourceStore(this.store.database), this.store.clock, this.logger);
  }

  private makePoller({ batchSize } = { batchSize: 100 }): ReportPoller {
    const rules = { ...new PollingOptions(), batchSize, leaseMs: 45 * SECOND_MS };
    const { gateway, watch, logger } = this;
    const { polls, reports, clock } = this.store;
    return new ReportPoller(rules, { client: gateway, polls, reports, watch, clock, logger, random: () => 1 });
  }
}
