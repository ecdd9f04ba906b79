import { readReportDocument } from '../gateway/report-document.codec.js';
import type { Clock } from '../message/clock.js';
import { mayFollow } from '../message/recipient-status.js';
import { reportMeaning } from '../message/report-code.js';
import type { PollStore } from '../store/reports/poll.store.js';
import type { IncomingReport } from '../message/incoming-report.js';
import type { ReportStore } from '../store/reports/report.store.js';
import type { PushState, PushWatch } from './push-watch.js';
import type { UnmatchedReports } from './unmatched-reports.js';

/** The settings of the intake. */
export interface IntakeRules {
  readonly maxBodyBytes: number;
  readonly maxEntries: number;
  readonly utcOffsetMinutes: number;
  /** A push is only a hint: nothing changes until `/api/dr` says the same. */
  readonly confirm: boolean;
}

/** What the intake depends on. */
export interface IntakeParts {
  readonly reports: ReportStore;
  readonly polls: PollStore;
  readonly unmatched: UnmatchedReports;
  readonly watch: PushWatch;
  readonly clock: Clock;
  /** Starts a round of polling. */
  readonly pollSoon: () => void;
}

/** The result of one push. */
export interface TakenReports {
  /** Reports whose id and phone are ours. */
  readonly matched: number;
  /** Reports whose id or phone is not ours. */
  readonly unmatched: number;
}

/** Whether reports are pushed, for the whole account; `unmatched` is for this process only. */
export interface ReportIntakeState extends PushState {
  /** Pushed reports whose id or phone is not ours, since this process started. */
  readonly unmatched: number;
}

/** Reports that are looked up in one step, at most. */
const MAX_HINTS = 500;

/** Receives pushed report documents: from the report route, or from the application's own route. */
export class SmsProReportIntake {
  constructor(
    private readonly rules: IntakeRules,
    private readonly parts: IntakeParts,
  ) {}

  /**
   * Stores a pushed document completely or not at all, and returns after the commit. Then answer 200, for known and
   * unknown ids alike: after any other status the gateway pushes the document again (3 times, every 10 minutes).
   *
   * @param document the body of the push. Source: the partner API, section 2.1
   * @param contentType the Content-Type of the push, for its charset. @default the document's own declaration
   * @throws XmlError (not exported; see its `kind`): `malformed` if it is not a report document, `too-large` above
   * `reports.maxBodyBytes` or `reports.maxEntries`
   * @throws SmsProStoreError if it could not be stored: answer 503, so that the gateway pushes it again
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
   * Whether reports are pushed, and what to do if they are not; for health checks. Without the push nothing is lost, since
   * the gateway is polled, but final statuses come late.
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

  /** Makes the packets of these reports due for a poll. Returns the reports that are not ours. */
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
