import type { SmsProScheduler, SmsProSchedulerFactory, SmsProWork } from 'nestjs-sms-pro';

/** A scheduler that does nothing by itself: a benchmark starts each round, and measures it. */
export class ManualScheduler implements SmsProScheduler {
  readonly schedulesPolling = true;
  private begun: SmsProWork | null = null;

  /** The value of the module's option `scheduler`. */
  readonly factory: SmsProSchedulerFactory = () => this;

  /** The module's work, a method for each kind of round. */
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
