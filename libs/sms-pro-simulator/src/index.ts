export { startSimulator } from './start-simulator.js';
export { createManualClock, type ManualClock } from './clock/manual-clock.js';
export type { SimulatorClock } from './clock/simulator-clock.js';
export type {
  ForcedReportRequest,
  PacketFilter,
  PacketView,
  Simulator,
  SimulatorState,
  SimulatorStats,
} from './simulator.js';
export type { SimulatorOptions, SimulatorSettings } from './simulator.options.js';
export type { SimulatorAccount } from './account/account.js';
export type { NumberPlanRule } from './account/number-plan.js';
export type { Dedupe, Dials } from './dials/dials.js';
export type { FaultMatch, FaultRule, PushFault, RequestFault } from './faults/fault-rule.js';
export type { Billing, DoubledSms, LedgerEntry, LedgerFilter } from './packets/ledger.js';
export type { LifeRule, Lives } from './packets/life.js';
export type { PushRecord, PushStats } from './push/push-log.js';
export type { PushSettings } from './push/push.settings.js';
export type { RequestRecord, RequestStats } from './server/request-log.js';
export { SimulatorInputError } from './settings/shape.js';
export type { AnswerForm, GatewayCall } from './wire/answers.js';
