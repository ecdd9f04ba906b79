import type { SmsProModuleOptions } from 'nestjs-sms-pro';
import type { BullMqSchedulerOptions } from 'nestjs-sms-pro/bullmq';
import type { DataSourceOptions } from 'typeorm';
import type { FaultRule, SimulatorOptions } from 'sms-pro-simulator';
import { STOP_WORD } from './messages.js';
import type { RunPlan } from './options.js';

/** The module's timeout of one request. */
export const TIMEOUT_MS = 500;
/** The minimum that the module accepts: a lease must be 10 s longer than its request. */
export const LEASE_MS = TIMEOUT_MS + 10_000;

/** The gateway processes late, and `/api/dr` knows it later still. The module requires both together well under `REPEAT_AFTER_MS`. */
const REPEAT_AFTER_MS = 1_500;
const LATE_PROCESSING_MS = 250;
const DR_REGISTRATION_MS = 250;

/** With `--break repeat` the gateway processes late, and the module repeats without waiting for it. */
const BROKEN_REPEAT_AFTER_MS = 10;
const BROKEN_LATE_PROCESSING_MS = 1_200;

const EACH = 0.05;
const HALF = EACH / 2;
const QUARTER = EACH / 4;
const OF_DR = 0.03;
/** Latencies add up: even with all of them a request is processed, and known to `/api/dr`, in time. */
const ORDINARY_ANSWER = { action: 'latency', ms: 10, maxMs: 120 } as const;
const SLOWER_THAN_TIMEOUT = { action: 'latency', ms: TIMEOUT_MS, maxMs: TIMEOUT_MS + 150 } as const;

/** What goes wrong with sends, with queries of reports and with pushed reports. Each kind of lost send has a share of 5 %. */
const FAULTS: readonly FaultRule[] = [
  { call: 'message', ...ORDINARY_ANSWER },
  { call: 'message', probability: HALF, ...SLOWER_THAN_TIMEOUT },
  { call: 'message', probability: QUARTER, ...SLOWER_THAN_TIMEOUT, processing: 'after' },
  { call: 'message', probability: QUARTER, action: 'hang', processed: true },
  { call: 'message', probability: EACH, action: 'drop-before' },
  { call: 'message', probability: EACH, action: 'drop-after' },
  { call: 'message', probability: EACH, action: 'half-answer' },
  { call: 'message', probability: EACH, action: 'http-before', status: 503 },
  { call: 'message', probability: EACH, action: 'http-after', status: 503 },
  { call: 'message', probability: HALF, action: 'html', processed: false },
  { call: 'message', probability: HALF, action: 'html', processed: true },
  { call: 'message', probability: HALF, action: 'status', code: 9, processed: false },
  { call: 'message', probability: HALF, action: 'status', code: 9, processed: true },
  { call: 'dr', probability: OF_DR, ...SLOWER_THAN_TIMEOUT },
  { call: 'dr', probability: OF_DR, action: 'drop-before' },
  { call: 'dr', probability: OF_DR, action: 'half-answer' },
  { call: 'dr', probability: OF_DR, action: 'http-before', status: 503 },
  { call: 'dr', probability: OF_DR, action: 'html' },
  { call: 'dr', probability: OF_DR, action: 'status', code: 5 },
  { call: 'push', probability: EACH, action: 'lost' },
  { call: 'push', probability: EACH, action: 'doubled' },
  { call: 'push', probability: EACH, action: 'late', ms: 1_500 },
  { call: 'push', probability: EACH, action: 'reordered' },
  { call: 'push', probability: 0.005, action: 'foreign-id' },
  { call: 'push', probability: 0.005, action: 'broken' },
];

/** The gateway of a run. */
export function simulatorOptions({ dedupe, seed, broken }: RunPlan): SimulatorOptions {
  return {
    seed,
    maxRequests: 10_000_000,
    accounts: [{ login: 'demo', password: 'demo', balance: '100000000.00', stopWords: [STOP_WORD] }],
    dials: {
      dedupe,
      drRegistrationDelayMs: DR_REGISTRATION_MS,
      lateProcessingMs: broken === 'repeat' ? BROKEN_LATE_PROCESSING_MS : LATE_PROCESSING_MS,
    },
    lives: {
      endings: false,
      sentAfterMs: 100,
      deliveredAfterMs: 400,
      rules: [
        { probability: 0.08, report: 4 },
        { probability: 0.02, report: 2 },
        { probability: 0.02, report: 5 },
        { probability: 0.02, report: 7 },
      ],
    },
    push: { retries: 5, retryDelayMs: 1_500, timeoutMs: 2_000, order: 'shuffled' },
    faults: [...FAULTS],
  };
}

/** With `--break ceiling` the processes get twice the ceiling that is checked. */
const BROKEN_CEILING = 2;

/** BullMQ of a run: while Redis is away nothing is sent, so that the ceiling always holds. */
export function bullMqOptions(
  { ceiling, broken }: RunPlan,
  connection: BullMqSchedulerOptions['connection'],
): BullMqSchedulerOptions {
  const maxInFlight = (ceiling ?? 1) * (broken === 'ceiling' ? BROKEN_CEILING : 1);
  return { connection, maxInFlight, whenRedisIsDown: 'wait' };
}

/** Module options of a run: what takes minutes with the defaults takes seconds here. */
export function moduleOptions(plan: RunPlan, baseUrl: string, database: DataSourceOptions): SmsProModuleOptions {
  return {
    login: 'demo',
    password: 'demo',
    sender: 'My-company',
    baseUrl,
    database,
    timeoutMs: TIMEOUT_MS,
    connectTimeoutMs: TIMEOUT_MS,
    dispatch: {
      concurrency: 16,
      retryDelayMs: 50,
      uncertainDelayMs: 100,
      repeatAfterMs: plan.broken === 'repeat' ? BROKEN_REPEAT_AFTER_MS : REPEAT_AFTER_MS,
      leaseMs: LEASE_MS,
      pauseProbeMs: 200,
      shutdownTimeoutMs: 5_000,
    },
    polling: { enabled: plan.broken !== 'polling', intervalMs: 100, staleAfterMs: 500 },
    events: { retryDelayMs: 50 },
  };
}
