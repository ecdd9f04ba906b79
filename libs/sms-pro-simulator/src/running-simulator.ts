import { printAccount, type SimulatorAccount } from './account/account.js';
import type { SimulatorClock } from './clock/simulator-clock.js';
import { handleControl } from './control/control-api.js';
import { changeDials, type Dials } from './dials/dials.js';
import { assertFaultRule, type FaultRule } from './faults/fault-rule.js';
import { SimulatedGateway } from './simulated-gateway.js';
import type { DoubledSms, LedgerEntry, LedgerFilter } from './packets/ledger.js';
import { changeLives, type Lives } from './packets/life.js';
import { reportAt, type Packet } from './packets/packet.js';
import { changePush, type PushSettings } from './push/push.settings.js';
import type { PushRecord } from './push/push-log.js';
import { handleCall } from './server/call-handler.js';
import { GatewayServer } from './server/gateway-server.js';
import type { RequestRecord } from './server/request-log.js';
import type {
  ForcedReportRequest,
  PacketFilter,
  PacketView,
  Simulator,
  SimulatorState,
  SimulatorStats,
} from './simulator.js';
import type { ResolvedSettings } from './simulator.options.js';
import { SimulatorInputError } from './settings/shape.js';
import type { AnswerForm } from './wire/answers.js';

/** Reports after which the gateway itself sends no further report. */
const LAST_REPORTS: ReadonlySet<number> = new Set([2, 3, 4, 5, 7]);

/** The simulated gateway, its HTTP server, and the methods with which a test reads and changes both. */
export class RunningSimulator implements Simulator {
  private gateway: SimulatedGateway;
  private readonly server: GatewayServer;
  private readonly removeSettler: () => void;
  private listeningPort: number;

  constructor(
    private readonly settings: ResolvedSettings,
    readonly clock: SimulatorClock,
  ) {
    this.gateway = new SimulatedGateway(settings, clock);
    this.listeningPort = settings.port;
    this.removeSettler = clock.settleWith(() => this.gateway.reports.settle());
    this.server = new GatewayServer({
      call: (call, request, response) => handleCall(call, request, response, this.gateway),
      control: (path, query, request, response) => handleControl({ path, query, request, response, simulator: this }),
    });
  }

  get port(): number {
    return this.listeningPort;
  }

  get url(): string {
    const { host } = this.settings;
    return `http://${host.includes(':') ? `[${host}]` : host}:${this.listeningPort}`;
  }

  get controlUrl(): string {
    return `${this.url}/_control`;
  }

  ledger(filter: LedgerFilter = {}): LedgerEntry[] {
    return this.gateway.ledger.entries(this.gateway.now(), filter);
  }

  doubles(): DoubledSms[] {
    return this.gateway.ledger.doubles();
  }

  requests(): RequestRecord[] {
    return this.gateway.requests.all();
  }

  packets(filter: PacketFilter = {}): PacketView[] {
    const now = this.gateway.now();
    return this.findPackets(filter).map((packet) => viewOf(packet, now));
  }

  pushes(): PushRecord[] {
    const { maxRequests } = this.settings;
    return maxRequests === 0 ? [] : this.gateway.pushes.slice(-maxRequests);
  }

  stats(): SimulatorStats {
    const { requests, reports, ledger } = this.gateway;
    return { requests: requests.stats(), pushes: { ...reports.stats }, billing: ledger.billing() };
  }

  state(): SimulatorState {
    const { accounts, dials, push, lives, faults, answerForm } = this.gateway;
    return {
      url: this.url,
      now: this.gateway.now(),
      answerForm,
      accounts: accounts.all().map(printAccount),
      dials: { ...dials },
      push: { ...push },
      lives: { ...lives },
      faults: faults.all(),
      stats: this.stats(),
    };
  }

  setAccount(changes: Partial<SimulatorAccount> & { login: string }): void {
    this.gateway.accounts.set(changes);
  }

  account(login: string): Required<SimulatorAccount> | undefined {
    const account = this.gateway.accounts.find(login);
    return account === undefined ? undefined : printAccount(account);
  }

  addFault(rule: FaultRule): void {
    this.gateway.faults.add(rule);
  }

  setFaults(rules: readonly FaultRule[]): void {
    // All are checked first: an invalid rule leaves the old rules unchanged.
    for (const rule of rules) assertFaultRule(rule);
    this.gateway.faults.clear();
    for (const rule of rules) this.gateway.faults.add(rule);
  }

  clearFaults(): void {
    this.gateway.faults.clear();
  }

  setDials(changes: Partial<Dials>): void {
    this.gateway.dials = changeDials(this.gateway.dials, changes);
  }

  setPush(changes: Partial<PushSettings>): void {
    this.gateway.push = changePush(this.gateway.push, changes);
  }

  setLives(changes: Partial<Lives>): void {
    this.gateway.lives = changeLives(this.gateway.lives, changes);
  }

  setAnswerForm(form: AnswerForm): void {
    if (form !== 'live' && form !== 'document') {
      throw new SimulatorInputError(['answerForm must be one of live, document']);
    }
    this.gateway.answerForm = form;
  }

  forceReport({ report, ...filter }: ForcedReportRequest): number {
    const now = this.gateway.now();
    let count = 0;
    for (const packet of this.findPackets(filter)) {
      const phones = packet.phones.filter((phone) => (filter.phone ?? phone) === phone);
      packet.forced ??= new Map();
      for (const phone of phones) {
        const sentAt =
          reportAt(packet, phone, now).sentAt ?? (report === 0 || report === 2 || report === 5 ? null : now);
        packet.forced.set(phone, { report, sentAt, receivedAt: report === 3 || report === 4 ? now : null });
      }
      this.push(packet, phones);
      count += phones.length;
    }
    return count;
  }

  forgetPush(phone: string): void {
    this.gateway.faults.add({ call: 'push', phone, action: 'lost' });
  }

  async pushReports(filter: PacketFilter = {}): Promise<number> {
    let count = 0;
    for (const packet of this.findPackets(filter)) {
      const phones = packet.phones.filter((phone) => (filter.phone ?? phone) === phone);
      count += this.push(packet, phones);
    }
    await this.flush();
    return count;
  }

  flush(): Promise<void> {
    return this.gateway.reports.settle();
  }

  advance(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  goDown(): Promise<void> {
    return this.server.close();
  }

  async comeBack(): Promise<void> {
    this.listeningPort = await this.server.listen(this.settings.host, this.listeningPort);
  }

  reset(): void {
    const before = this.gateway;
    this.gateway = new SimulatedGateway(this.settings, this.clock);
    before.close();
  }

  async stop(): Promise<void> {
    this.removeSettler();
    this.gateway.close();
    this.clock.stop();
    await this.server.close();
  }

  private findPackets({ account, packetId, phone }: PacketFilter): Packet[] {
    return this.gateway.packets
      .all()
      .filter(
        (packet) =>
          (account ?? packet.login) === packet.login &&
          (packetId ?? packet.id) === packet.id &&
          (phone === undefined || packet.phones.includes(phone)),
      );
  }

  /** @returns how many reports were handed to the push: 0 if the account has no address for them */
  private push(packet: Packet, phones: readonly string[]): number {
    const account = this.gateway.accounts.find(packet.login);
    if (account === undefined || account.reportUrl === null || !account.reportsEnabled) return 0;
    const now = this.gateway.now();
    this.gateway.reports.enqueue(
      packet.login,
      phones.map((phone) =>
        this.gateway.outgoing(packet, phone, LAST_REPORTS.has(reportAt(packet, phone, now).report)),
      ),
    );
    return phones.length;
  }
}

function viewOf(packet: Packet, now: number): PacketView {
  return {
    account: packet.login,
    packetId: packet.id,
    sender: packet.sender,
    text: packet.text,
    segments: packet.segments,
    acceptedAt: packet.acceptedAt,
    startsAt: packet.startsAt,
    phones: packet.phones.map((phone) => ({ phone, ...reportAt(packet, phone, now) })),
  };
}
