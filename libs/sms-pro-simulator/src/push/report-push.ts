import type { AccountRegistry } from '../account/account-registry.js';
import type { SimulatorClock } from '../clock/simulator-clock.js';
import type { Random } from '../clock/seeded-random.js';
import type { FaultInjector } from '../faults/fault-injector.js';
import { PushClient } from './push-client.js';
import type { PushRecord, PushStats } from './push-log.js';
import type { PushSettings } from './push.settings.js';
import { writeReportPush, type PushedReport } from './report.xml.js';

/** A report on its way to the receiver. */
export interface OutgoingReport extends PushedReport {
  /** No other report of this phone will follow. */
  readonly final: boolean;
}

/** The content of one push. A retry sends the same body. */
interface Batch {
  readonly login: string;
  readonly reports: readonly OutgoingReport[];
  readonly body: string;
  attempt: number;
}

/** What the push needs from the simulator. */
export interface PushHost {
  readonly accounts: AccountRegistry;
  readonly faults: FaultInjector;
  readonly clock: SimulatorClock;
  readonly random: Random;
  readonly push: Readonly<PushSettings>;
  /** True once the simulator was stopped or reset: older timers must do nothing. */
  readonly closed: boolean;
  /** The record is made only if a log is kept. */
  pushed(record: () => PushRecord): void;
}

/** Delivers reports to the addresses of the accounts, with the configured retries, order and faults. */
export class ReportPush {
  readonly stats: PushStats = { sent: 0, acked: 0, failed: 0, givenUp: 0, reportsAcked: 0 };
  private readonly waiting = new Map<string, OutgoingReport[]>();
  private readonly held = new Map<string, OutgoingReport>();
  private readonly queues = new Map<string, { running: number; readonly batches: Batch[] }>();
  private readonly inFlight = new Set<Promise<void>>();
  private readonly client = new PushClient();
  private flushPlanned = false;

  constructor(private readonly host: PushHost) {}

  /** Accepts reports, applies the faults to them, and pushes them at the end of this instant. */
  enqueue(login: string, reports: readonly OutgoingReport[]): void {
    for (const report of reports) this.admit(login, report);
  }

  /** Waits until no push is in progress. It does not wait for retries that are due later. */
  async settle(): Promise<void> {
    this.startBatches();
    while (this.inFlight.size > 0) {
      // One wait is not enough: when a push ends, the next one of its queue starts.
      await Promise.all(this.inFlight);
    }
  }

  stop(): void {
    this.waiting.clear();
    this.queues.clear();
    this.client.stop();
  }

  private admit(login: string, report: OutgoingReport): void {
    const phone = report.line.number;
    const heldKey = `${login}\n${report.id}\n${phone}`;
    const fault = this.host.faults.forReport({ call: 'push', account: login, id: report.id, phones: [phone] });
    switch (fault?.action) {
      case 'lost':
        break;
      case 'late':
        this.host.clock.schedule(this.host.clock.now() + fault.ms, () => {
          if (!this.host.closed) this.add(login, report);
        });
        break;
      case 'reordered':
        if (report.final) this.add(login, report);
        else this.held.set(heldKey, report);
        break;
      case 'doubled':
        this.add(login, report);
        this.add(login, report);
        break;
      case 'foreign-id':
        this.add(login, { ...report, id: 'FOREIGN00000' });
        break;
      case 'broken':
        this.add(login, { ...report, broken: true });
        break;
      case undefined:
        this.add(login, report);
    }
    const held = this.held.get(heldKey);
    if (held !== undefined && held !== report) {
      this.held.delete(heldKey);
      this.add(login, held);
    }
  }

  private add(login: string, report: OutgoingReport): void {
    const reports = this.waiting.get(login);
    if (reports === undefined) this.waiting.set(login, [report]);
    else reports.push(report);
    if (this.flushPlanned) return;
    this.flushPlanned = true;
    setImmediate(() => this.startBatches());
  }

  private startBatches(): void {
    this.flushPlanned = false;
    const { batchSize } = this.host.push;
    for (const [login, reports] of this.waiting) {
      const ordered = this.inOrder(reports);
      for (let start = 0; start < ordered.length; start += batchSize) {
        const batch = ordered.slice(start, start + batchSize);
        this.submit({ login, reports: batch, body: writeReportPush(batch), attempt: 1 });
      }
    }
    this.waiting.clear();
  }

  private inOrder(reports: OutgoingReport[]): OutgoingReport[] {
    const { order } = this.host.push;
    if (order === 'as-happened') return reports;
    if (order === 'reversed') return reports.toReversed();
    return reports
      .map((report) => ({ report, key: this.host.random() }))
      .toSorted((left, right) => left.key - right.key)
      .map(({ report }) => report);
  }

  private submit(batch: Batch): void {
    const queue = this.queues.get(batch.login) ?? { running: 0, batches: [] };
    this.queues.set(batch.login, queue);
    if (queue.running >= this.host.push.concurrency) {
      queue.batches.push(batch);
      return;
    }
    queue.running += 1;
    const delivery = this.deliver(batch).finally(() => {
      this.inFlight.delete(delivery);
      queue.running -= 1;
      const next = queue.batches.shift();
      if (next !== undefined && !this.host.closed) this.submit(next);
    });
    this.inFlight.add(delivery);
  }

  private async deliver(batch: Batch): Promise<void> {
    const account = this.host.accounts.find(batch.login);
    if (account === undefined || account.reportUrl === null || !account.reportsEnabled) return;
    const at = this.host.clock.now();
    const httpStatus = await this.client.send(account.reportUrl, batch.body, this.host.push);
    if (this.host.closed) return;
    this.record(batch, at, httpStatus);
    if (httpStatus === 200) return;
    if (batch.attempt > this.host.push.retries) {
      this.stats.givenUp += 1;
      return;
    }
    batch.attempt += 1;
    this.host.clock.schedule(at + this.host.push.retryDelayMs, () => {
      if (!this.host.closed) this.submit(batch);
    });
  }

  private record(batch: Batch, at: number, httpStatus: number | null): void {
    const acked = httpStatus === 200;
    this.stats.sent += 1;
    this.stats[acked ? 'acked' : 'failed'] += 1;
    if (acked) this.stats.reportsAcked += batch.reports.length;
    const { login, attempt, reports } = batch;
    this.host.pushed(() => ({
      at,
      account: login,
      attempt,
      httpStatus,
      acked,
      reports: reports.map(({ id, line }) => ({ id, phone: line.number, report: line.report })),
    }));
  }
}
