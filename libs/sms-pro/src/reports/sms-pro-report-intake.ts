import { readReportDocument } from '../gateway/report-document.codec.js';
import type { Clock } from '../message/clock.js';
import type { PollStore } from '../store/poll.store.js';
import type { ReportStore } from '../store/report.store.js';
import type { UnmatchedReports } from './unmatched-reports.js';

/** The numbers intake needs. */
export interface IntakeRules {
  readonly maxBodyBytes: number;
  readonly maxEntries: number;
  readonly utcOffsetMinutes: number;
  /** A push is only a hint: nothing changes until `/api/dr` says the same. */
  readonly confirm: boolean;
}

/** What a push brought. */
export interface TakenReports {
  /** Reports whose id and phone are ours. */
  readonly matched: number;
  readonly unmatched: number;
}

/** Takes pushed report documents in, for the report route and for hosts with a route of their own. */
export class SmsProReportIntake {
  constructor(
    private readonly rules: IntakeRules,
    private readonly reports: ReportStore,
    private readonly polls: PollStore,
    private readonly unmatched: UnmatchedReports,
    private readonly clock: Clock,
    private readonly pollSoon: () => void,
  ) {}

  /**
   * Stores a pushed document whole or not at all; returns after commit. Answer 200 then, for known and unknown ids
   * alike: whatever is not 200 makes the gateway push again.
   *
   * @throws XmlError `malformed` for what is no report document, `too-large` above a limit
   */
  async take(document: Uint8Array, contentType?: string): Promise<TakenReports> {
    const { maxBodyBytes, maxEntries, utcOffsetMinutes } = this.rules;
    const reports = readReportDocument(document, { contentType, maxBytes: maxBodyBytes, maxEntries, utcOffsetMinutes });
    const now = this.clock.now();
    const { matched, unmatched } = this.rules.confirm
      ? await this.hint(reports, now)
      : await this.reports.apply(reports, 'push', now);
    this.unmatched.note(unmatched);
    return { matched, unmatched: unmatched.length };
  }

  private async hint(reports: Parameters<ReportStore['match']>[0], now: number) {
    const { packetIds, unmatched } = await this.reports.match(reports);
    await this.polls.pollNow(packetIds, now);
    if (packetIds.length > 0) this.pollSoon();
    return { matched: reports.length - unmatched.length, unmatched };
  }
}
