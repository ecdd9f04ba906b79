import { createHash } from 'node:crypto';
import type { Logger } from '@nestjs/common';
import type { EventEmitter2 } from '@nestjs/event-emitter';
import { SmsProBalanceService } from './account/sms-pro-balance.service.js';
import { SmsProLookupService } from './account/sms-pro-lookup.service.js';
import { AccountLimiter } from './dispatch/account-limiter.js';
import { Dispatcher } from './dispatch/dispatcher.js';
import { InProcessScheduler } from './dispatch/in-process.scheduler.js';
import { PacketWorker } from './dispatch/packet-worker.js';
import { SmsProDispatch } from './dispatch/sms-pro-dispatch.service.js';
import { EventDelivery } from './events/event-delivery.js';
import { SmsProEvents } from './events/sms-pro-events.service.js';
import { GatewayClient } from './gateway/gateway-client.js';
import { createGatewayHttp, type GatewayHttp } from './gateway/gateway-transport.js';
import type { GatewayConfig } from './gateway/gateway.config.js';
import { SmsProGateway } from './gateway/sms-pro.gateway.js';
import type { SmsProScheduler } from './options/scheduler.js';
import type { ResolvedOptions } from './options/sms-pro.options.js';
import { PushWatch } from './reports/push-watch.js';
import { RefusalLog } from './reports/refusal-log.js';
import { ReportAccess } from './reports/report-access.js';
import { ReportPoller } from './reports/report-poller.js';
import type { ReportRoute } from './reports/report.controller.js';
import { SmsProReportIntake } from './reports/sms-pro-report-intake.js';
import { UnmatchedReports } from './reports/unmatched-reports.js';
import { Retention } from './retention/retention.js';
import { BulkSender } from './sending/bulk-sender.js';
import { Campaigns } from './sending/campaigns.js';
import { ReportRefresh } from './sending/report-refresh.js';
import { SmsProService } from './sending/sms-pro.service.js';
import type { DatabaseClock } from './store/database/database-clock.js';
import type { SmsProDatabase } from './store/database/sms-pro.database.js';
import { openStores, type Stores } from './store/stores.js';

/** Time, in ms, by which the lease of a poll must outlast its request. */
const POLL_LEASE_MARGIN_MS = 15_000;

/** What the parts of one account are created from. */
export interface PartsContext {
  readonly options: ResolvedOptions;
  readonly emitter: EventEmitter2;
  readonly logger: Logger;
  readonly database: SmsProDatabase;
  readonly clock: DatabaseClock;
}

/** The parts of one account: the services for the application, and the parts that the instance starts and stops. */
export interface SmsProParts {
  readonly service: SmsProService;
  readonly balance: SmsProBalanceService;
  readonly lookup: SmsProLookupService;
  readonly gateway: SmsProGateway;
  readonly dispatch: SmsProDispatch;
  readonly events: SmsProEvents;
  readonly intake: SmsProReportIntake;
  readonly route: ReportRoute;
  readonly bulk: BulkSender;
  readonly delivery: EventDelivery;
  readonly dispatcher: Dispatcher;
  readonly scheduler: SmsProScheduler;
  readonly poller: ReportPoller;
  readonly retention: Retention | null;
  readonly http: GatewayHttp;
}

/** Creates the parts of one account without Nest's injection: this file alone shows which part depends on which. */
export function createParts(context: PartsContext): SmsProParts {
  const { options, logger, database, clock } = context;
  const stores = openStores(database, { ...options.polling, recipientEvents: options.events.recipients });
  const config = gatewayConfig(options);
  const http = createGatewayHttp(config);
  const client = new GatewayClient(config, http.http);
  const gateway = new SmsProGateway(client, options.phones);
  const scheduler = createScheduler(context);
  const delivery = new EventDelivery(options.events, {
    outbox: stores.events,
    deliveries: stores.deliveries,
    emitter: context.emitter,
    clock,
    logger,
  });
  database.onEventsCommitted(() => delivery.wake());
  const { days } = options.retention;
  return {
    ...createDispatch(context, stores, client),
    ...createReports(context, stores, client, delivery),
    ...createSending(context, stores, client, scheduler),
    balance: new SmsProBalanceService(options.balance.lowBelow, gateway, stores.accounts, clock),
    lookup: new SmsProLookupService(options.lookup, gateway, options.phones),
    gateway,
    events: new SmsProEvents(stores.parked, delivery, clock),
    delivery,
    scheduler,
    retention: days === undefined ? null : new Retention({ days, store: stores.retention, clock, logger }),
    http,
  };
}

function createScheduler({ options, clock, logger }: PartsContext): SmsProScheduler {
  const { account, dispatch, polling, timeoutMs, scheduler } = options;
  return (scheduler ?? ((context) => new InProcessScheduler(context)))({
    account,
    now: () => clock.now(),
    concurrency: dispatch.concurrency,
    timeoutMs,
    shutdownTimeoutMs: dispatch.shutdownTimeoutMs,
    pollIntervalMs: polling.enabled ? polling.intervalMs : null,
    logger,
  });
}

function createDispatch(
  { options, database, clock, logger }: PartsContext,
  stores: Stores,
  client: GatewayClient,
): Pick<SmsProParts, 'dispatcher' | 'dispatch'> {
  const { dispatch: rules, timeoutMs } = options;
  const { accounts, queue } = stores;
  const limiter = new AccountLimiter(rules, { accounts, queue, client, clock, logger });
  const worker = new PacketWorker({ ...rules, timeoutMs }, { ...stores, client, limiter, clock, logger });
  const freshen = () => clock.freshen(() => database.databaseTime());
  const dispatcher = new Dispatcher(rules, { ...stores, worker, limiter, clock, logger, freshen });
  return { dispatcher, dispatch: new SmsProDispatch(rules.enabled, { dispatcher, queue, accounts, clock }) };
}

function createReports(
  { options, clock, logger }: PartsContext,
  { polls, reports, reportSources }: Stores,
  client: GatewayClient,
  delivery: EventDelivery,
): Pick<SmsProParts, 'poller' | 'intake' | 'route'> {
  const { account, polling, reports: rules, reportPath } = options;
  const watch = new PushWatch(
    { enabled: rules.enabled, reportPath, wantsSecret: rules.secret !== undefined },
    reportSources,
    clock,
    logger,
  );
  const poller = new ReportPoller(
    { ...polling, leaseMs: pollLeaseMs(options) },
    { client, polls, reports, watch, clock, logger },
  );
  const intake = new SmsProReportIntake(
    { ...rules, utcOffsetMinutes: options.reportUtcOffsetMinutes },
    {
      reports,
      polls,
      unmatched: new UnmatchedReports(account, delivery, clock),
      watch,
      clock,
      pollSoon: () => {
        if (polling.enabled) void poller.poll();
      },
    },
  );
  const route = {
    enabled: rules.enabled,
    access: new ReportAccess(rules),
    refusals: new RefusalLog(logger, clock),
    intake,
    maxBodyBytes: rules.maxBodyBytes,
    logger,
  };
  return { poller, intake, route };
}

function createSending(
  { options, clock }: PartsContext,
  stores: Stores,
  client: GatewayClient,
  scheduler: SmsProScheduler,
): Pick<SmsProParts, 'service' | 'bulk'> {
  const { sender, test, phones, dispatch, timeoutMs } = options;
  const { campaigns, chunks, polls, reports } = stores;
  const rules = {
    defaults: { sender, test, phones, maxAgeMs: dispatch.maxAgeMs },
    digestKey: digestKey(options),
  };
  const bulk = new BulkSender(campaigns, { ...rules, chunks, scheduler, clock });
  const service = new SmsProService(rules, {
    messages: stores.messages,
    cancels: stores.cancels,
    refresh: new ReportRefresh({ leaseMs: pollLeaseMs(options), waitMs: timeoutMs }, { client, polls, reports, clock }),
    bulk,
    campaigns: new Campaigns(campaigns, stores.campaignCancels, clock),
    accounts: stores.accounts,
    scheduler,
    clock,
  });
  return { service, bulk };
}

function pollLeaseMs({ timeoutMs }: ResolvedOptions): number {
  return timeoutMs + POLL_LEASE_MARGIN_MS;
}

function gatewayConfig(options: ResolvedOptions): GatewayConfig {
  const { login, password, baseUrl, timeoutMs, connectTimeoutMs, reportUtcOffsetMinutes, http } = options;
  return { login, password, baseUrl, timeoutMs, connectTimeoutMs, reportUtcOffsetMinutes, ...http };
}

/** The key for digests of erased texts. It is not stored in the database, and reveals no credential. */
function digestKey({ login, password }: ResolvedOptions): string {
  return createHash('sha256').update(`sms-pro text digest\0${login}\0${password}`).digest('hex');
}
