import { AccountRegistry } from './account/account-registry.js';
import type { GatewayState } from './calls/gateway-state.js';
import { reportLine } from './calls/dr-call.js';
import { createRandom, type Random } from './clock/seeded-random.js';
import type { SimulatorClock } from './clock/simulator-clock.js';
import { changeDials, DEFAULT_DIALS, type Dials } from './dials/dials.js';
import { FaultInjector } from './faults/fault-injector.js';
import { Ledger } from './packets/ledger.js';
import { changeLives, DEFAULT_LIVES, type Lives } from './packets/life.js';
import { lifeEvents, type LifeEvent, type Packet } from './packets/packet.js';
import { PacketStore } from './packets/packet-store.js';
import { UsedIds } from './packets/used-ids.js';
import { changePush, DEFAULT_PUSH, type PushSettings } from './push/push.settings.js';
import type { PushRecord } from './push/push-log.js';
import { ReportPush, type OutgoingReport, type PushHost } from './push/report-push.js';
import type { CallHost } from './server/call-handler.js';
import { LoadGauge } from './server/load-gauge.js';
import { RequestLog } from './server/request-log.js';
import type { ResolvedSettings } from './simulator.options.js';
import type { AnswerForm } from './wire/answers.js';
import { readZone } from './wire/gateway-time.js';

/** The whole state of the simulator between two resets. A reset makes a new one and closes the old one. */
export class SimulatedGateway implements GatewayState, CallHost, PushHost {
  readonly accounts: AccountRegistry;
  readonly packets: PacketStore;
  readonly ledger: Ledger;
  readonly faults: FaultInjector;
  readonly requests: RequestLog;
  readonly gauge = new LoadGauge();
  readonly reports: ReportPush;
  readonly pushes: PushRecord[] = [];
  readonly random: Random;
  readonly seed: number;
  dials: Dials;
  lives: Lives;
  push: PushSettings;
  answerForm: AnswerForm;
  closed = false;
  private readonly used = new Map<string, UsedIds>();

  /** @throws SimulatorInputError */
  constructor(
    private readonly settings: ResolvedSettings,
    readonly clock: SimulatorClock,
  ) {
    this.seed = settings.seed;
    this.random = createRandom(settings.seed);
    this.accounts = new AccountRegistry(settings.accounts);
    this.dials = changeDials(DEFAULT_DIALS, settings.dials);
    this.lives = changeLives(DEFAULT_LIVES, settings.lives);
    this.push = changePush(DEFAULT_PUSH, settings.push);
    this.answerForm = settings.answerForm;
    this.faults = new FaultInjector(this.random);
    for (const fault of settings.faults) this.faults.add(fault);
    this.packets = new PacketStore(settings.maxPackets ?? Number.POSITIVE_INFINITY);
    this.ledger = new Ledger(settings.keep === 'all');
    this.requests = new RequestLog(settings.maxRequests);
    this.reports = new ReportPush(this);
  }

  now(): number {
    return this.clock.now();
  }

  usedIds(login: string): UsedIds {
    let ids = this.used.get(login);
    if (ids === undefined) {
      ids = new UsedIds();
      this.used.set(login, ids);
    }
    return ids;
  }

  accepted(packet: Packet): void {
    // Only pushes need timers: an account without a report address costs nothing.
    const account = this.accounts.find(packet.login);
    if (account === undefined || account.reportUrl === null || !account.reportsEnabled) return;
    for (const event of lifeEvents(packet)) {
      this.clock.schedule(event.at, () => this.pushEvent(packet, event));
    }
  }

  pushed(record: () => PushRecord): void {
    if (this.settings.maxRequests === 0) return;
    this.pushes.push(record());
    // Trimmed in bulk, like the log of requests.
    if (this.pushes.length >= this.settings.maxRequests * 2) {
      this.pushes.splice(0, this.pushes.length - this.settings.maxRequests);
    }
  }

  /** The current report of a phone, ready to be pushed. */
  outgoing(packet: Packet, phone: string, final: boolean, now: number = this.now()): OutgoingReport {
    const line = reportLine(packet, phone, now, readZone(this.dials.reportZone) ?? 0);
    return { id: packet.id, line, final, broken: false };
  }

  close(): void {
    this.closed = true;
    this.reports.stop();
  }

  private pushEvent(packet: Packet, event: LifeEvent): void {
    if (this.closed || (this.push.on === 'final' && !event.final)) return;
    // A forced report is pushed when it is forced.
    const phones = event.phones.filter((phone) => !packet.forced?.has(phone));
    const now = this.now();
    this.reports.enqueue(
      packet.login,
      phones.map((phone) => this.outgoing(packet, phone, event.final, now)),
    );
  }
}
