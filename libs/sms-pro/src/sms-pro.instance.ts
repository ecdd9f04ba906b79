import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@nestjs/common';
import type { EventEmitter2 } from '@nestjs/event-emitter';
import type { SchedulerRegistry } from '@nestjs/schedule';
import type { DataSource } from 'typeorm';
import type { Subscriber } from './events/subscriber.js';
import type { SmsProWork } from './options/scheduler.js';
import { logFailed } from './options/sms-pro.logger.js';
import type { ResolvedOptions } from './options/sms-pro.options.js';
import type { ProxySetup } from './reports/proxy-setup.js';
import { routeAdvice } from './reports/route-advice.js';
import { createParts, type SmsProParts } from './sms-pro.parts.js';
import { DatabaseClock } from './store/database/database-clock.js';
import { DatabaseHealth } from './store/database/database-health.js';
import { SmsProDatabase } from './store/database/sms-pro.database.js';
import { DatabaseFileWatch } from './store/schema/database-file-watch.js';
import { openDataSource, useHostDataSource } from './store/schema/open-data-source.js';

/** Interval, in ms, between two measurements of the offset to the database's clock. */
const CLOCK_INTERVAL_MS = 60_000;

/** Interval, in ms, between two runs of retention. */
const RETENTION_INTERVAL_MS = 10 * 60_000;

/** Interval, in ms, between two looks at whether the database file is still the one that was opened. */
const FILE_INTERVAL_MS = 30_000;

/** What one module instance uses of the application. */
export interface InstanceHost {
  readonly emitter: EventEmitter2;
  readonly registry: SchedulerRegistry;
  readonly logger: Logger;
  /** The application's DataSource; `undefined` if the module opens its own. */
  readonly dataSource: DataSource | undefined;
}

/** What belongs to one module instance. */
interface OwnParts {
  readonly options: ResolvedOptions;
  readonly parts: SmsProParts;
  /** `null` for a database that is no file of the module's own. */
  readonly file: DatabaseFileWatch | null;
}

/** Everything that runs for one account: opens its database, starts its parts and stops them. */
export class SmsProInstance {
  private readonly intervals: string[] = [];

  private constructor(
    private readonly host: InstanceHost,
    private readonly database: SmsProDatabase,
    private readonly clock: DatabaseClock,
    private readonly own: OwnParts,
  ) {}

  /**
   * Opens the database, or uses the application's, and creates the parts. Does not start them.
   * @throws SmsProConfigError if the database cannot be used as configured
   */
  static async open(options: ResolvedOptions, host: InstanceHost): Promise<SmsProInstance> {
    const { account, migrate } = options;
    const { dataSource, emitter, logger } = host;
    const notify = (text: string) => logger.warn(text);
    const health = new DatabaseHealth(logger);
    if (dataSource !== undefined) await useHostDataSource(dataSource, migrate, notify);
    const database =
      dataSource === undefined
        ? new SmsProDatabase(await openDataSource(options.database, migrate, notify), account, { health })
        : new SmsProDatabase(dataSource, account, { owner: 'host', health });
    try {
      const clock = new DatabaseClock();
      await clock.measure(() => database.databaseTime());
      const parts = createParts({ options, emitter, logger, database, clock });
      const file = dataSource === undefined ? await DatabaseFileWatch.of(options.database) : null;
      return new SmsProInstance(host, database, clock, { options, parts, file });
    } catch (error) {
      // Nest closes nothing of an application that it could not create.
      await database.close();
      throw error;
    }
  }

  get options(): ResolvedOptions {
    return this.own.options;
  }

  get parts(): SmsProParts {
    return this.own.parts;
  }

  /** Starts to deliver events, to send and to poll: each of them only if the options enable it in this process. */
  async start(subscribers: readonly Subscriber[]): Promise<void> {
    const { options, parts } = this;
    const { delivery, scheduler, poller, balance, retention } = parts;
    if (options.events.enabled) delivery.start(subscribers);
    if (options.dispatch.enabled) await scheduler.start(this.work());
    const pollsByInterval = scheduler.schedulesPolling !== true;
    if (options.polling.enabled && pollsByInterval) {
      this.every('poll', options.polling.intervalMs, () => poller.poll());
    }
    if (options.balance.checkIntervalMs > 0) {
      this.every('balance', options.balance.checkIntervalMs, () => balance.getBalance());
    }
    if (retention !== null) this.every('retention', RETENTION_INTERVAL_MS, () => retention.run());
    if (this.own.file !== null) this.every('database-file', FILE_INTERVAL_MS, () => this.lookAtFile());
    this.every('clock', CLOCK_INTERVAL_MS, () => this.clock.measure(() => this.database.databaseTime()));
  }

  /** Logs faults and pitfalls in the set-up of the report route, once at start. */
  explainRoute(proxies: ProxySetup | null): void {
    const { reports, polling } = this.options;
    const advice = routeAdvice({
      takesReports: reports.enabled,
      isOpen: this.parts.route.access.isOpen,
      listsAddresses: reports.allowedIps !== undefined,
      confirm: reports.confirm,
      polls: polling.enabled,
      isProduction: process.env['NODE_ENV'] === 'production',
      proxies,
    });
    for (const { level, text } of advice) this.host.logger[level](text);
  }

  /** Starts no more work, and waits for what is running. Nothing is lost: other processes, or the next start, do the rest. */
  async drain(): Promise<void> {
    const { bulk, scheduler, poller, retention, dispatcher, delivery } = this.parts;
    const limitMs = this.options.dispatch.shutdownTimeoutMs;
    for (const name of this.intervals.splice(0)) this.host.registry.deleteInterval(name);
    // A bulk source that never ends must not block the shutdown.
    await Promise.race([bulk.stop(), sleep(limitMs, undefined, { ref: false })]);
    // At the same time: the scheduler waits for requests of the dispatcher, so both get the same time limit.
    const stopping = [scheduler.stop(), poller.stop(), retention?.stop()];
    const [left] = await Promise.all([dispatcher.stop(limitMs), Promise.allSettled(stopping)]);
    if (left > 0) {
      this.host.logger.warn(
        `${left} requests were still in flight after ${limitMs} ms: the gateway is queried about their packets after the next start.`,
      );
    }
    await delivery.stop(limitMs);
  }

  /** Closes the database and the connections to the gateway. */
  async close(): Promise<void> {
    await this.database.close();
    this.parts.http.close();
  }

  private async lookAtFile(): Promise<void> {
    const fault = await this.own.file?.fault();
    if (fault) this.host.logger.error(fault);
  }

  private work(): SmsProWork {
    const { dispatcher, poller } = this.parts;
    return {
      dispatch: () => dispatcher.dispatch(),
      workOne: (confirmSlot) => dispatcher.workOne(confirmSlot),
      countDue: (max) => dispatcher.countDue(max),
      listLeased: () => dispatcher.listLeased(),
      sweep: () => dispatcher.sweep(),
      poll: () => poller.poll(),
    };
  }

  /** An interval with a name, registered in the application's SchedulerRegistry of @nestjs/schedule. */
  private every(what: string, intervalMs: number, run: () => Promise<unknown>): void {
    const name = `sms-pro.${this.options.account}.${what}`;
    const interval = setInterval(() => {
      run().catch((error: unknown) => {
        logFailed(
          (text) => this.host.logger.warn(text),
          error,
          (why) => `${name} failed: ${why}.`,
        );
      });
    }, intervalMs);
    this.host.registry.addInterval(name, interval);
    this.intervals.push(name);
  }
}
