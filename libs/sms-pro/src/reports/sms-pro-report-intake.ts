import { readReportDocument } from '../gateway/report-document.codec.js';
import type { Clock } from '../message/clock.js';
import { mayFollow } from '../message/recipient-status.js';
import { reportMeaning } from '../message/report-code.js';
import type { PollStore } from '../store/reports/poll.store.js';
import type { IncomingReport } from '../message/incoming-report.js';
import type { ReportStore } from '../store/reports/report.store.js';
import type { PushState, PushWatch } from './push-watch.js';
import type { UnmatchedReports } from './unmatched-reports.js';

/** The numbers intake needs. */
export interface IntakeRules {
  readonly maxBodyBytes: number;
  readonly maxEntries: number;
  readonly utcOffsetMinutes: number;
  /** A push is only a hint: nothing changes until `/api/dr` says the same. */
  readonly confirm: boolean;
}

/** What intake works with. */
export interface IntakeParts {
  readonly reports: ReportStore;
  readonly polls: PollStore;
  readonly unmatched: UnmatchedReports;
  readonly watch: PushWatch;
  readonly clock: Clock;
  /** Starts a round of polling. */
  readonly pollSoon: () => void;
}

/** What a push brought. */
export interface TakenReports {
  /** Reports whose id and phone are ours. */
  readonly matched: number;
  readonly unmatched: number;
}

/** Whether reports come by push. What is counted is of this process since its start; the rest, of the whole account. */
export interface ReportIntakeState extends PushState {
  /** Pushed reports whose id or phone is not ours. */
  readonly unmatched: number;
}

/** Hints that are looked up at once, at most. */
const MAX_HINTS = 500;

/** Takes pushed report documents in, for the report route and for hosts with a route of their own. */
export class SmsProReportIntake {
  constructor(
    private readonly rules: IntakeRules,
    private readonly parts: IntakeParts,
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
    const now = this.parts.clock.now();
    const { matched, unmatched } = this.rules.confirm
      ? await this.hint(reports, now)
      : await this.parts.reports.apply(reports, 'push', now);
    this.parts.unmatched.note(unmatched);
    if (matched > 0) await this.parts.watch.pushCame();
    return { matched, unmatched: unmatched.length };
  }

  /**
   * Whether reports come by push, and what to do if they do not: for health checks. A push that was never set up
   * loses nothing, since the gateway is asked, but recipients are settled late.
   */
  async getReportState(): Promise<ReportIntakeState> {
    return { ...(await this.parts.watch.state()), unmatched: this.parts.unmatched.count };
  }

  private async hint(reports: readonly IncomingReport[], now: number) {
    const unmatched: IncomingReport[] = [];
    for (let at = 0; at < reports.length; at += MAX_HINTS) {
      const part = reports.slice(at, at + MAX_HINTS);
      unmatched.push(...(await this.hintPart(part, now)));
    }
    const matched = reports.length - unmatched.length;
    if (matched > 0) this.parts.pollSoon();
    return { matched, unmatched };
  }

  /** Makes the packets of these reports due for a question. Returns the reports that are not ours. */
  private async hintPart(reports: readonly IncomingReport[], now: number): Promise<readonly IncomingReport[]> {
    const { packetIds, unmatched } = await this.parts.reports.match(reports);
    await this.parts.polls.pollNow(packetIds, now);
    const late = reports.filter(({ code }) => maySettleUnknown(code));
    if (packetIds.length > 0 && late.length > 0) {
      await this.parts.polls.pollSettled(packetIds, [...new Set(late.map(({ phone }) => phone))], now);
    }
    return unmatched;
  }
}

function maySettleUnknown(code: string): boolean {
  const meaning = reportMeaning(code);
  return meaning !== null && mayFollow('unknown', meaning.status);
}
