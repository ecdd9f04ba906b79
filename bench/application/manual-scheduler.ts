import type { SmsProScheduler, SmsProSchedulerFactory, SmsProWork } from 'nestjs-sms-pro';

/** A scheduler that does nothing by itself: a benchmark says when a round is run, and measures it. */
export class ManualScheduler implements SmsProScheduler {
  readonly schedulesPolling = true;
  private begun: SmsProWork | null = null;

  /** What the module takes as its option. */
  readonly factory: SmsProSchedulerFactory = () => this;

  /** The rounds. */
  get work(): SmsProWork {
    if (this.begun === null) throw new Error('The application has not started yet.');
    return this.begun;
  }

  start(work: SmsProWork): void {
    this.begun = work;
  }

  wake(): void {}

  async stop(): Promise<void> {}
}
