import type { SimulatorAccount } from './account/account.js';
import type { SimulatorClock } from './clock/simulator-clock.js';
import type { Dials } from './dials/dials.js';
import type { FaultRule } from './faults/fault-rule.js';
import type { DoubledSms, Billing, LedgerEntry, LedgerFilter } from './packets/ledger.js';
import type { Lives } from './packets/life.js';
import type { PushSettings } from './push/push.settings.js';
import type { PushRecord, PushStats } from './push/push-log.js';
import type { RequestRecord, RequestStats } from './server/request-log.js';
import type { AnswerForm } from './wire/answers.js';

/** Selects packets by account, id or phone. */
export interface PacketFilter {
  account?: string;
  packetId?: string;
  phone?: string;
}

/** The current state of an accepted packet. Instants are epoch milliseconds. */
export interface PacketView {
  account: string;
  packetId: string;
  sender: string;
  text: string;
  segments: number;
  acceptedAt: number;
  startsAt: number;
  phones: { phone: string; report: number; sentAt: number | null; receivedAt: number | null }[];
}

/** Counts since the start or the last reset. */
export interface SimulatorStats {
  requests: RequestStats;
  pushes: PushStats;
  /** By login. */
  billing: Record<string, Billing>;
}

/** All current settings. */
export interface SimulatorState {
  url: string;
  /** The simulator's clock, epoch milliseconds. */
  now: number;
  answerForm: AnswerForm;
  accounts: Required<SimulatorAccount>[];
  dials: Dials;
  push: PushSettings;
  lives: Lives;
  /** Each rule, with how many times it was applied. */
  faults: (FaultRule & { readonly taken: number })[];
  stats: SimulatorStats;
}

/** A report that replaces the one that a phone would get by itself. */
export interface ForcedReportRequest {
  /** @default every account */
  account?: string;
  packetId: string;
  /** @default every phone of the packet */
  phone?: string;
  /** The report code; it may be an unknown one. */
  report: number;
}

/** A running simulator. A reset undoes all changes made at run time. */
export interface Simulator {
  /** `http://host:port`, the base of `/api/message` and the others. */
  readonly url: string;
  readonly port: number;
  /** The base of the control API. */
  readonly controlUrl: string;
  readonly clock: SimulatorClock;

  /** Every SMS "really sent", oldest first. */
  ledger(filter?: LedgerFilter): LedgerEntry[];
  /** Phones that got the same text from one account more than once. */
  doubles(): DoubledSms[];
  /** The log of requests, oldest first. */
  requests(): RequestRecord[];
  /** Accepted packets with the report of each phone. */
  packets(filter?: PacketFilter): PacketView[];
  /** The log of pushes, oldest first. */
  pushes(): PushRecord[];
  stats(): SimulatorStats;
  state(): SimulatorState;

  /** Changes the account with this login, or adds one. @throws SimulatorInputError */
  setAccount(changes: Partial<SimulatorAccount> & { login: string }): void;
  /** The current account, with its balance. */
  account(login: string): Required<SimulatorAccount> | undefined;
  /** @throws SimulatorInputError */
  addFault(rule: FaultRule): void;
  /** Replaces all rules. @throws SimulatorInputError */
  setFaults(rules: readonly FaultRule[]): void;
  clearFaults(): void;
  /** Changes some dials. @throws SimulatorInputError */
  setDials(changes: Partial<Dials>): void;
  /** Changes some push settings. @throws SimulatorInputError */
  setPush(changes: Partial<PushSettings>): void;
  /** Changes `lives` for packets that are accepted from now on. @throws SimulatorInputError */
  setLives(changes: Partial<Lives>): void;
  setAnswerForm(form: AnswerForm): void;

  /** Gives phones of a packet a report from now on, and pushes it. @returns how many phones it was given to */
  forceReport(request: ForcedReportRequest): number;
  /** No report of this phone, or of the phones of a pattern, is pushed any more. `/api/dr` still has it. */
  forgetPush(phone: string): void;
  /** Pushes all current reports, even if pushed before, and waits. @returns how many reports */
  pushReports(filter?: PacketFilter): Promise<number>;
  /** Waits until no push is in progress. It does not wait for retries that are due later. */
  flush(): Promise<void>;
  /** Moves the clock forward: the same as `clock.advance(ms)`. */
  advance(ms: number): Promise<void>;

  /** Stops listening and closes all connections: clients are refused until `comeBack`. The state is kept. */
  goDown(): Promise<void>;
  /** Listens again, on the same port. */
  comeBack(): Promise<void>;
  /** Back to the state at start: deletes packets and logs, and restores the settings given to `startSimulator`. */
  reset(): void;
  stop(): Promise<void>;
}
