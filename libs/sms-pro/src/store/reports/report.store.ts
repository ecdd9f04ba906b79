import type { IncomingReport } from '../../message/incoming-report.js';
import type { ReportSource } from '../../message/sms-pro.events.js';
import { Batching } from '../database/batching.js';
import { ReportBatch } from './report-batch.js';
import { reportedRecipients, type ReportedRecipients } from './reported-recipients.js';
import type { StorePolicy } from '../packets/store-policy.js';
import type { SmsProDatabase } from '../database/sms-pro.database.js';

/** What a batch of reports changed. */
export interface AppliedReports {
  /** Reports whose id and phone are ours. */
  readonly matched: number;
  /** Reports that gave a recipient a new status. */
  readonly changed: number;
  /** Reports whose id or phone is not ours: not stored. */
  readonly unmatched: readonly IncomingReport[];
}

const NOTHING_APPLIED: AppliedReports = { matched: 0, changed: 0, unmatched: [] };

/** Transactions of pushed documents at a time, at most. */
const PUSHES_AT_ONCE = 2;

/** Reports of one document, and when it came. */
interface Arrival {
  readonly reports: readonly IncomingReport[];
  readonly now: number;
}

/** Merges reports into the rows, both pushed and queried ones. */
export class ReportStore {
  private readonly pushes: Batching<Arrival, AppliedReports>;

  constructor(
    private readonly database: SmsProDatabase,
    private readonly policy: StorePolicy,
  ) {
    this.pushes = new Batching((arrivals) => this.applyTogether(arrivals, 'push'), {
      atOnce: PUSHES_AT_ONCE,
      maxWeight: database.batches.maxReports,
      weightOf: ({ reports }) => reports.length,
    });
  }

  /**
   * Applies a batch whole or not at all. Status never goes back: repeated and late reports are only recorded. Documents
   * that are pushed at the same time share a transaction.
   */
  async apply(reports: readonly IncomingReport[], source: ReportSource, now: number): Promise<AppliedReports> {
    if (reports.length === 0) return NOTHING_APPLIED;
    if (source === 'push') return this.pushes.add({ reports, now });
    const [applied = NOTHING_APPLIED] = await this.applyTogether([{ reports, now }], source);
    return applied;
  }

  /** Which reports are ours, and the packets they are about. Applies nothing. */
  async match(reports: readonly IncomingReport[]): Promise<{ packetIds: string[]; unmatched: IncomingReport[] }> {
    const known = await this.database.read((session) =>
      reportedRecipients(session, this.database.account, reports, ''),
    );
    const packetIds = new Set<string>();
    const unmatched: IncomingReport[] = [];
    for (const report of reports) {
      const recipient = known.of(report);
      if (recipient === undefined) unmatched.push(report);
      else packetIds.add(recipient.packetId);
    }
    return { packetIds: [...packetIds], unmatched };
  }

  private async applyTogether(arrivals: readonly Arrival[], source: ReportSource): Promise<AppliedReports[]> {
    return this.database.transaction(async (unit) => {
      const all = arrivals.flatMap(({ reports }) => reports);
      const known = await reportedRecipients(unit, unit.account, all, unit.dialect.forUpdate);
      const now = Math.max(...arrivals.map((arrival) => arrival.now));
      const batch = new ReportBatch(unit, this.policy, source, now);
      for (const report of all) {
        const recipient = known.of(report);
        if (recipient !== undefined) await batch.evidence(report.packetId, recipient);
      }
      const applied = arrivals.map(({ reports }) => applyOne(batch, known, reports));
      await batch.close();
      return applied;
    });
  }
}

function applyOne(batch: ReportBatch, known: ReportedRecipients, reports: readonly IncomingReport[]): AppliedReports {
  const before = batch.changed;
  const unmatched: IncomingReport[] = [];
  for (const report of reports) {
    const recipient = known.of(report);
    if (recipient === undefined) unmatched.push(report);
    else batch.apply(recipient, report);
  }
  return { matched: reports.length - unmatched.length, changed: batch.changed - before, unmatched };
}
