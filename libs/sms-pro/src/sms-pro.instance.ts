import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@nestjs/common';
import type { EventEmitter2 } from '@nestjs/event-emitter';
import type { SchedulerRegistry } from '@nestjs/schedule';
import type { DataSource } from 'typeorm';
import type { Subscriber } from './events/subscriber.js';
import type { SmsProWork } from './options/scheduler.js';
import { safeErrorText } from './options/sms-pro.logger.js';
import type { ResolvedOptions } from './options/sms-pro.options.js';
import type { ProxySetup } from './reports/proxy-setup.js';
import { routeAdvice } from './reports/route-advice.js';
import { createParts, type SmsProParts } from './sms-pro.parts.js';
import { DatabaseClock } from './store/database/database-clock.js';
import { SmsProDatabase } from './store/database/sms-pro.database.js';
import { openDataSource, useHostDataSource } from './store/schema/open-data-source.js';

/** How often, in ms, the offset to the database's clock is measured. */
const CLOCK_INTERVAL_MS = 60_000;

/** How often, in ms, old messages are looked for. */
const RETENTION_INTERVAL_MS = 10 * 60_000;

/** What the host application lends to one module instance. */
export interface InstanceHost {
  readonly emitter: EventEmitter2;
  readonly registry: SchedulerRegistry;
  readonly logger: Logger;
  /** The application's own DataSource, if the module is to use it. */
  readonly dataSource: DataSource | undefined;
}

/** One account: opens its database, starts its parts, and stops them again. */
export class SmsProInstance {
  private readonly intervals: string[] = [];

  private constructor(
    private readonly host: InstanceHost,
    private readonly database: SmsProDatabase,
    private readonly clock: DatabaseClock,
    private readonly own: { readonly options: ResolvedOptions; readonly parts: SmsProParts },
  ) {}

  /**
   * Opens the database, or uses the host's, and puts the parts together. Nothing runs yet.
   * @throws SmsProConfigError if the database cannot be used as it was given
   */
  static async open(options: ResolvedOptions, host: InstanceHost): Promise<SmsProInstance> {
    const { account, migrate } = options;
    const { dataSource, emitter, logger } = host;
    if (dataSource !== undefined) await useHostDataSource(dataSource, migrate);
    const database =
      dataSource === undefined
        ? new SmsProDatabase(await openDataSource(options.database, migrate), account)
        : new SmsProDatabase(dataSource, account, 'host');
    const clock = new DatabaseClock();
    await clock.measure(() => database.databaseTime());
    const parts = createParts({ options, emitter, logger, database, clock });
    return new SmsProInstance(host, database, clock, { options, parts });
  }

  get options(): ResolvedOptions {
    return this.own.options;
  }

  get parts(): SmsProParts {
    return this.own.parts;
  }

  /** Begins to deliver events, to send and to poll, each if this process is meant to. */
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
    this.every('clock', CLOCK_INTERVAL_MS, () => this.clock.measure(() => this.database.databaseTime()));
  }

  /** Logs once what is wrong, or easily gets wrong, with the set-up of the report route. */
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

  /** Starts nothing new, and waits for what is running. Nothing is lost: what is left is taken over at the next start. */
  async drain(): Promise<void> {
    const { bulk, scheduler, poller, retention, dispatcher, delivery } = this.parts;
    const limitMs = this.options.dispatch.shutdownTimeoutMs;
    for (const name of this.intervals.splice(0)) this.host.registry.deleteInterval(name);
    // A source that never ends must not keep the rest from ending.
    await Promise.race([bulk.stop(), sleep(limitMs, undefined, { ref: false })]);
    // All at once: the scheduler waits for requests of the dispatcher, so both have the same time.
    const stopping = [scheduler.stop(), poller.stop(), retention?.stop()];
    const [left] = await Promise.all([dispatcher.stop(limitMs), Promise.allSettled(stopping)]);
    if (left > 0) {
      this.host.logger.warn(
        `${left} requests were still in flight after ${limitMs} ms: their packets are asked about at the next start.`,
      );
    }
    await delivery.stop(limitMs);
  }

  /** Closes the database and the connections to the gateway. */
  async close(): Promise<void> {
    await this.database.close();
    this.parts.http.close();
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

  /** A named interval, which the host sees in the SchedulerRegistry of @nestjs/schedule. */
  private every(what: string, intervalMs: number, run: () => Promise<unknown>): void {
    const name = `sms-pro.${this.options.account}.${what}`;
    const interval = setInterval(() => {
      run().catch((error: unknown) => this.host.logger.warn(`${name} failed: ${safeErrorText(error)}`));
    }, intervalMs);
    this.host.registry.addInterval(name, interval);
    this.intervals.push(name);
  }
}
