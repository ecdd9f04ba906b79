import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@nestjs/common';
import type { EventEmitter2 } from '@nestjs/event-emitter';
import type { SchedulerRegistry } from '@nestjs/schedule';
import type { DataSource } from 'typeorm';
import { SmsProBalanceService } from './account/sms-pro-balance.service.js';
import { SmsProLookupService } from './account/sms-pro-lookup.service.js';
import { AccountPulse } from './dispatch/account-pulse.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { InProcessScheduler } from './dispatch/in-process.scheduler.js';
import { PacketWorker } from './dispatch/packet-worker.js';
import { SmsProDispatch } from './dispatch/sms-pro-dispatch.service.js';
import { EventDelivery } from './events/event-delivery.js';
import { SmsProEvents } from './events/sms-pro-events.service.js';
import type { Subscriber } from './events/subscriber.js';
import { GatewayClient } from './gateway/gateway-client.js';
import type { GatewayConfig } from './gateway/gateway.config.js';
import { createGatewayHttp } from './gateway/gateway-transport.js';
import { SmsProGateway } from './gateway/sms-pro.gateway.js';
import type { SmsProScheduler, SmsProWork } from './options/scheduler.js';
import { safeErrorText } from './options/sms-pro.logger.js';
import type { ResolvedOptions } from './options/sms-pro.options.js';
import type { ProxySetup } from './reports/proxy-setup.js';
import { RefusalLog } from './reports/refusal-log.js';
import { ReportAccess } from './reports/report-access.js';
import { ReportPoller } from './reports/report-poller.js';
import type { ReportRoute } from './reports/report.controller.js';
import { routeAdvice } from './reports/route-advice.js';
import { PushWatch } from './reports/push-watch.js';
import { SmsProReportIntake } from './reports/sms-pro-report-intake.js';
import { UnmatchedReports } from './reports/unmatched-reports.js';
import { BulkSender } from './sending/bulk-sender.js';
import { Campaigns } from './sending/campaigns.js';
import { ReportRefresh } from './sending/report-refresh.js';
import { Retention } from './retention/retention.js';
import { SmsProService } from './sending/sms-pro.service.js';
import { AccountStore } from './store/account.store.js';
import { BulkStore } from './store/bulk.store.js';
import { CampaignCancelStore } from './store/campaign-cancel.store.js';
import { CampaignStore } from './store/campaign.store.js';
import { CancelStore } from './store/cancel.store.js';
import { ClaimStore } from './store/claim.store.js';
import { DatabaseClock } from './store/database-clock.js';
import { EventStore } from './store/event.store.js';
import { MessageStore } from './store/message.store.js';
import { openDataSource, useHostDataSource } from './store/open-data-source.js';
import { ParkedStore } from './store/parked.store.js';
import { PollStore } from './store/poll.store.js';
import { QueueStore } from './store/queue.store.js';
import { ReportSourceStore } from './store/report-source.store.js';
import { ReportStore } from './store/report.store.js';
import { ReplaceStore } from './store/replace.store.js';
import { RetentionStore } from './store/retention.store.js';
import { SettleStore, type SettlePolicy } from './store/settle.store.js';
import { SmsProDatabase } from './store/sms-pro.database.js';

/** How often, in ms, the offset to the database's clock is measured. */
const CLOCK_INTERVAL_MS = 60_000;

/** How often, in ms, it is looked whether something is to be deleted. */
const RETENTION_INTERVAL_MS = 10 * 60_000;

/** What a lease of a poll must cover beyond the request, in ms. */
const POLL_LEASE_MARGIN_MS = 15_000;

/** What the host application lends to one module instance. */
export interface InstanceHost {
  readonly emitter: EventEmitter2;
  readonly registry: SchedulerRegistry;
  readonly logger: Logger;
  /** The application's own DataSource, where the module lives in it. */
  readonly dataSource: DataSource | undefined;
}

/** All parts of one account, put together by hand: who needs what is read here, and nowhere else. */
export class SmsProInstance {
  readonly service: SmsProService;
  readonly balance: SmsProBalanceService;
  readonly lookup: SmsProLookupService;
  readonly gateway: SmsProGateway;
  readonly dispatch: SmsProDispatch;
  readonly events: SmsProEvents;
  readonly intake: SmsProReportIntake;
  readonly route: ReportRoute;
  private readonly bulk: BulkSender;
  private readonly delivery: EventDelivery;
  private readonly dispatcher: Dispatcher;
  private readonly scheduler: SmsProScheduler;
  private readonly poller: ReportPoller;
  private readonly retention: Retention | null;
  private readonly http;
  private readonly intervals: string[] = [];

  private constructor(
    readonly options: ResolvedOptions,
    private readonly host: InstanceHost,
    private readonly database: SmsProDatabase,
    private readonly clock: DatabaseClock,
  ) {
    const { account, dispatch, polling, reports, phones } = options;
    const { logger } = host;
    this.http = createGatewayHttp(gatewayConfig(options));
    const client = new GatewayClient(gatewayConfig(options), this.http.http);
    const policy: SettlePolicy = { ...polling, recipientEvents: options.events.recipients };
    const settles = new SettleStore(database, policy);
    const claims = new ClaimStore(database);
    const reportStore = new ReportStore(database, policy);
    const polls = new PollStore(database, policy);
    const accounts = new AccountStore(database);
    const watch = new PushWatch(
      { enabled: reports.enabled, reportPath: options.reportPath, wantsSecret: reports.secret !== undefined },
      new ReportSourceStore(database),
      clock,
      logger,
    );
    const pollLeaseMs = options.timeoutMs + POLL_LEASE_MARGIN_MS;
    const outbox = new EventStore(database);
    this.scheduler = (options.scheduler ?? ((context) => new InProcessScheduler(context)))({
      account,
      now: () => clock.now(),
      concurrency: dispatch.concurrency,
      timeoutMs: options.timeoutMs,
      shutdownTimeoutMs: dispatch.shutdownTimeoutMs,
      pollIntervalMs: polling.enabled ? polling.intervalMs : null,
      logger,
    });
    this.delivery = new EventDelivery(options.events, outbox, host.emitter, clock, logger);
    const pulse = new AccountPulse(dispatch, accounts, client, () => claims.nextUnits(), clock, logger);
    const worker = new PacketWorker(
      { ...dispatch, timeoutMs: options.timeoutMs },
      client,
      claims,
      settles,
      new ReplaceStore(database, policy),
      reportStore,
      pulse,
      clock,
      logger,
    );
    this.dispatcher = new Dispatcher(dispatch, claims, settles, worker, pulse, clock, logger, () =>
      clock.freshen(() => database.databaseTime()),
    );
    this.dispatch = new SmsProDispatch(
      dispatch.enabled,
      this.dispatcher,
      claims,
      new QueueStore(database),
      accounts,
      clock,
    );
    this.poller = new ReportPoller(
      { ...polling, leaseMs: pollLeaseMs },
      client,
      polls,
      reportStore,
      watch,
      clock,
      logger,
    );
    const { days } = options.retention;
    this.retention = days === undefined ? null : new Retention(days, new RetentionStore(database), clock, logger);
    this.gateway = new SmsProGateway(client, phones);
    this.balance = new SmsProBalanceService(options.balance.lowBelow, this.gateway, accounts, clock);
    this.lookup = new SmsProLookupService(options.lookup, this.gateway, phones);
    this.events = new SmsProEvents(new ParkedStore(database), this.delivery, clock);
    const campaigns = new CampaignStore(database);
    const defaults = { sender: options.sender, test: options.test, phones, maxAgeMs: dispatch.maxAgeMs };
    this.bulk = new BulkSender(campaigns, {
      defaults,
      digestKey: digestKey(options),
      chunks: new BulkStore(database),
      scheduler: this.scheduler,
      clock,
    });
    this.service = new SmsProService(
      defaults,
      digestKey(options),
      new MessageStore(database),
      new CancelStore(database, policy),
      new ReportRefresh({ leaseMs: pollLeaseMs, waitMs: options.timeoutMs }, client, polls, reportStore, clock),
      this.bulk,
      new Campaigns(campaigns, new CampaignCancelStore(database, policy), clock),
      accounts,
      this.scheduler,
      clock,
    );
    this.intake = new SmsProReportIntake(
      { ...reports, utcOffsetMinutes: options.reportUtcOffsetMinutes },
      reportStore,
      polls,
      new UnmatchedReports(account, this.delivery, clock),
      watch,
      clock,
      () => {
        if (polling.enabled) void this.poller.poll();
      },
    );
    this.route = {
      enabled: reports.enabled,
      access: new ReportAccess(reports),
      refusals: new RefusalLog(logger, clock),
      intake: this.intake,
      maxBodyBytes: reports.maxBodyBytes,
      logger,
    };
    database.onEventsCommitted(() => this.delivery.wake());
  }

  /**
   * Opens the database, or moves into the host's, and puts the instance together; nothing runs yet.
   * @throws SmsProConfigError when the database cannot be used as it was given
   */
  static async open(options: ResolvedOptions, host: InstanceHost): Promise<SmsProInstance> {
    const { account, migrate } = options;
    const theirs = host.dataSource;
    if (theirs !== undefined) await useHostDataSource(theirs, migrate);
    const database =
      theirs === undefined
        ? new SmsProDatabase(await openDataSource(options.database, migrate), account)
        : new SmsProDatabase(theirs, account, 'host');
    const clock = new DatabaseClock();
    await clock.measure(() => database.databaseTime());
    return new SmsProInstance(options, host, database, clock);
  }

  /** Begins to deliver events, to send and to poll, each where this process is meant to. */
  async start(subscribers: readonly Subscriber[]): Promise<void> {
    const { options } = this;
    if (options.events.enabled) this.delivery.start(subscribers);
    if (options.dispatch.enabled) await this.scheduler.start(this.work());
    const isPolledByScheduler = this.scheduler.schedulesPolling === true;
    if (options.polling.enabled && !isPolledByScheduler)
      this.every('poll', options.polling.intervalMs, () => this.poller.poll());
    if (options.balance.checkIntervalMs > 0) {
      this.every('balance', options.balance.checkIntervalMs, () => this.balance.getBalance());
    }
    const { retention } = this;
    if (retention !== null) this.every('retention', RETENTION_INTERVAL_MS, () => retention.run());
    this.every('clock', CLOCK_INTERVAL_MS, () => this.clock.measure(() => this.database.databaseTime()));
  }

  /** Says once how the report route is set up, where that is wrong or easily is. */
  explainRoute(proxies: ProxySetup | null): void {
    const { reports, polling } = this.options;
    const advice = routeAdvice({
      takesReports: reports.enabled,
      isOpen: this.route.access.isOpen,
      listsAddresses: reports.allowedIps !== undefined,
      confirm: reports.confirm,
      polls: polling.enabled,
      isProduction: process.env['NODE_ENV'] === 'production',
      proxies,
    });
    for (const { level, text } of advice) this.host.logger[level](text);
  }

  /** Begins nothing new, and waits for what is under way. Nothing is lost: what stays is taken up at the next start. */
  async drain(): Promise<void> {
    const limitMs = this.options.dispatch.shutdownTimeoutMs;
    for (const name of this.intervals.splice(0)) this.host.registry.deleteInterval(name);
    // A source that does not let go must not keep the rest from ending.
    await Promise.race([this.bulk.stop(), sleep(limitMs, undefined, { ref: false })]);
    // All at once: what the scheduler waits for are requests of the dispatcher, and both have the same time.
    const parts = [this.scheduler.stop(), this.poller.stop(), this.retention?.stop()];
    const [left] = await Promise.all([this.dispatcher.stop(limitMs), Promise.allSettled(parts)]);
    if (left > 0) {
      this.host.logger.warn(
        `${left} requests were still in flight after ${limitMs} ms: their packets are asked about at the next start.`,
      );
    }
    await this.delivery.stop(limitMs);
  }

  /** Closes the database and the connections to the gateway. */
  async close(): Promise<void> {
    await this.database.close();
    this.http.close();
  }

  private work(): SmsProWork {
    const { dispatcher, poller } = this;
    return {
      dispatch: () => dispatcher.dispatch(),
      workOne: (hold) => dispatcher.workOne(hold),
      countDue: (most) => dispatcher.countDue(most),
      listInHand: () => dispatcher.listInHand(),
      sweep: () => dispatcher.sweep(),
      poll: () => poller.poll(),
    };
  }

  /** A named interval of @nestjs/schedule: visible in its SchedulerRegistry. */
  private every(what: string, intervalMs: number, run: () => Promise<unknown>): void {
    const name = `sms-pro.${this.options.account}.${what}`;
    const interval = setInterval(() => {
      run().catch((error: unknown) => this.host.logger.warn(`${name} failed: ${safeErrorText(error)}`));
    }, intervalMs);
    this.host.registry.addInterval(name, interval);
    this.intervals.push(name);
  }
}

function gatewayConfig(options: ResolvedOptions): GatewayConfig {
  const { login, password, baseUrl, timeoutMs, connectTimeoutMs, reportUtcOffsetMinutes, http } = options;
  return { login, password, baseUrl, timeoutMs, connectTimeoutMs, reportUtcOffsetMinutes, ...http };
}

/** The key that erased texts are compared with: outside the database, and no credential by itself. */
function digestKey({ login, password }: ResolvedOptions): string {
  return createHash('sha256').update(`sms-pro text digest\0${login}\0${password}`).digest('hex');
}
