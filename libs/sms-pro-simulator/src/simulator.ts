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

/** Narrows packets to one account, id or phone. */
export interface PacketFilter {
  account?: string;
  packetId?: string;
  phone?: string;
}

/** An accepted packet as it stands now. Instants are epoch milliseconds. */
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

/** All that can be set, as it is set now. */
export interface SimulatorState {
  url: string;
  /** The simulator's clock, epoch milliseconds. */
  now: number;
  answerForm: AnswerForm;
  accounts: Required<SimulatorAccount>[];
  dials: Dials;
  push: PushSettings;
  lives: Lives;
  /** Each rule with how many it has taken. */
  faults: (FaultRule & { readonly taken: number })[];
  stats: SimulatorStats;
}

/** A report that is to stand in the place of a phone's life. */
export interface ForcedReportRequest {
  /** @default every account */
  account?: string;
  packetId: string;
  /** @default every phone of the packet */
  phone?: string;
  /** The code, known or not. */
  report: number;
}

/** A running simulator. What is set at run time is lost at a reset. */
export interface Simulator {
  /** `http://host:port`, the base of `/api/message` and the others. */
  readonly url: string;
  readonly port: number;
  /** The base of the control API. */
  readonly controlUrl: string;
  readonly clock: SimulatorClock;

  /** Every SMS "really sent", oldest first. */
  ledger(filter?: LedgerFilter): LedgerEntry[];
  /** Phones that got the same text of one account more than once. */
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
  /** The account as it is now, with its balance. */
  account(login: string): Required<SimulatorAccount> | undefined;
  /** @throws SimulatorInputError */
  addFault(rule: FaultRule): void;
  /** Replaces all rules. @throws SimulatorInputError */
  setFaults(rules: readonly FaultRule[]): void;
  clearFaults(): void;
  /** Changes some dials. @throws SimulatorInputError */
  setDials(changes: Partial<Dials>): void;
  /** Changes some settings of the push. @throws SimulatorInputError */
  setPush(changes: Partial<PushSettings>): void;
  /** Changes the lives of packets that are accepted from now on. @throws SimulatorInputError */
  setLives(changes: Partial<Lives>): void;
  setAnswerForm(form: AnswerForm): void;

  /** Gives phones of a packet a report from now on, and pushes it. @returns how many phones it was given to */
  forceReport(request: ForcedReportRequest): number;
  /** No report of this phone is pushed any more: a pattern may stand for several. `/api/dr` still knows. */
  forgetPush(phone: string): void;
  /** Pushes the reports as they are now, pushed before or not, and waits. @returns how many reports */
  pushReports(filter?: PacketFilter): Promise<number>;
  /** Waits until no push is on its way. Repeats that wait for the clock are not waited for. */
  flush(): Promise<void>;
  /** Moves the clock forward: the same as `clock.advance(ms)`. */
  advance(ms: number): Promise<void>;

  /** Stops listening and cuts all connections: clients are refused until `comeBack`. State stays. */
  goDown(): Promise<void>;
  /** Listens again, on the same port. */
  comeBack(): Promise<void>;
  /** As just started: what was sent is forgotten, and every setting is as `startSimulator` was given it. */
  reset(): void;
  stop(): Promise<void>;
}
