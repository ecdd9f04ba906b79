import type { Clock } from '../message/clock.js';
import { logFailed, type SmsProLogger } from '../options/sms-pro.logger.js';
import type { ReportSourceStore } from '../store/reports/report-source.store.js';

/** The settings of the report route that the watch needs. */
export interface PushWatchRules {
  /** `false`: this process has no report route, so nothing is logged. */
  readonly enabled: boolean;
  readonly reportPath: string;
  readonly wantsSecret: boolean;
}

/** Whether reports are pushed. */
export interface PushState {
  /** When a report of ours was last pushed, exact to the minute; `null` if never. */
  readonly lastPushAt: Date | null;
  /** Since when final statuses come from polls only; `null` while reports are pushed, or if no poll brought one. */
  readonly settledByPollSince: Date | null;
  /** `true`: for more than an hour final statuses came from polls only, so the push is probably not set up. */
  readonly pushMissing: boolean;
  /** How to set up the push in the gateway's cabinet; `null` unless `pushMissing`. */
  readonly hint: string | null;
}

/** Time, in ms, with final statuses from polls only after which the push counts as missing. */
const MISSING_AFTER_MS = 60 * 60_000;

/** Notices that the push is not set up in the gateway's cabinet: final statuses then come from polls only, and late. */
export class PushWatch {
  private warned = false;

  constructor(
    private readonly rules: PushWatchRules,
    private readonly sources: ReportSourceStore,
    private readonly clock: Clock,
    private readonly logger: SmsProLogger,
  ) {}

  /** Records a push with a report for one of our recipients. */
  async pushCame(): Promise<void> {
    // The reports are already stored: the gateway must not push them again because this write failed.
    await this.noted(this.sources.notePush(this.clock.now()));
  }

  /** Records a poll that brought the final status of a recipient. */
  async pollSettled(): Promise<void> {
    await this.noted(this.sources.notePoll(this.clock.now()));
  }

  /** Whether reports are pushed. Read from the database, since any process may have received them. */
  async state(): Promise<PushState> {
    const { pushedAt, settledByPollSince } = await this.sources.sources();
    const isMissing =
      this.rules.enabled && settledByPollSince !== null && this.clock.now() - settledByPollSince > MISSING_AFTER_MS;
    return {
      lastPushAt: pushedAt === null ? null : new Date(pushedAt),
      settledByPollSince: settledByPollSince === null ? null : new Date(settledByPollSince),
      pushMissing: isMissing,
      hint: isMissing ? this.hint(settledByPollSince) : null,
    };
  }

  /** Logs once that the push is missing; again only if reports were pushed in between. */
  async warnWhenMissing(): Promise<void> {
    const { pushMissing, hint } = await this.state();
    if (pushMissing && !this.warned && hint !== null) this.logger.warn(hint);
    this.warned = pushMissing;
  }

  private hint(since: number): string {
    const path = `/${this.rules.reportPath}${this.rules.wantsSecret ? '/<reports.secret>' : ''}`;
    return (
      `Reports are not pushed: since ${new Date(since).toISOString()} final statuses come from polls only, which is late. ` +
      `In the cabinet at smspro.nikita.kg open МОЙ ПРОФИЛЬ → ПАРАМЕТРЫ API, set the URL for reports to the public address of this application's route ${path}, ` +
      'and tick «Включить отправку отчетов».'
    );
  }

  private async noted(note: Promise<void>): Promise<void> {
    try {
      await note;
    } catch (error) {
      logFailed(
        (text) => this.logger.debug(text),
        error,
        (why) => `The source of a report could not be stored: ${why}. The next report tries again.`,
      );
    }
  }
}
