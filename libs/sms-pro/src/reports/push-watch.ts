import type { Clock } from '../message/clock.js';
import { safeErrorText, type SmsProLogger } from '../options/sms-pro.logger.js';
import type { ReportSourceStore } from '../store/reports/report-source.store.js';

/** What the watch must know of the report route. */
export interface PushWatchRules {
  /** `false`: nobody expects pushes here, and nothing is said. */
  readonly enabled: boolean;
  readonly reportPath: string;
  readonly wantsSecret: boolean;
}

/** Whether reports come by push. */
export interface PushState {
  /** When reports of ours were last pushed, to the minute; `null` if never. */
  readonly lastPushAt: Date | null;
  /** Since when recipients have been settled by asking alone; `null` while pushes come, or nothing was settled. */
  readonly settledByPollSince: Date | null;
  /** Recipients have been settled by asking for more than an hour, and no push has come: it is not set up. */
  readonly pushMissing: boolean;
  /** Where to set the push up, if it is missing. */
  readonly hint: string | null;
}

/** How long, in ms, polls alone settle recipients before the push counts as missing. */
const MISSING_AFTER_MS = 60 * 60_000;

/** Notices that the push was never set up in the gateway's cabinet: recipients are then settled late, by asking alone. */
export class PushWatch {
  private warned = false;

  constructor(
    private readonly rules: PushWatchRules,
    private readonly sources: ReportSourceStore,
    private readonly clock: Clock,
    private readonly logger: SmsProLogger,
  ) {}

  /** A push came that names a recipient of ours. */
  async pushCame(): Promise<void> {
    // The reports are stored by now: the gateway must not push them again because this note failed.
    await this.noted(this.sources.notePush(this.clock.now()));
  }

  /** The answer to a question settled a recipient. */
  async pollSettled(): Promise<void> {
    await this.noted(this.sources.notePoll(this.clock.now()));
  }

  /** Whether reports come by push, from the rows: any process may have taken them. */
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

  /** Says once that the push is missing; again only after one had come. */
  async warnWhenMissing(): Promise<void> {
    const { pushMissing, hint } = await this.state();
    if (pushMissing && !this.warned && hint !== null) this.logger.warn(hint);
    this.warned = pushMissing;
  }

  private hint(since: number): string {
    const path = `/${this.rules.reportPath}${this.rules.wantsSecret ? '/<reports.secret>' : ''}`;
    return (
      `Reports are not pushed: since ${new Date(since).toISOString()} recipients are settled by asking alone, which is late. ` +
      `In the cabinet at smspro.nikita.kg open МОЙ ПРОФИЛЬ → ПАРАМЕТРЫ API, set the URL for reports to the public address of this application's route ${path}, ` +
      'and tick «Включить отправку отчетов».'
    );
  }

  private async noted(note: Promise<void>): Promise<void> {
    try {
      await note;
    } catch (error) {
      this.logger.debug(`Where reports come from could not be noted: ${safeErrorText(error)}. The next one is.`);
    }
  }
}
