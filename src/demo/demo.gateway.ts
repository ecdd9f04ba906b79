import { SIMULATED_ACCOUNT, type SimulatorProcess } from '../gateway/simulator.process.js';
import type { GatewayLedger } from './demo.summary.js';
import { APPROVED_SENDER, FORGOTTEN_PHONE } from './demo.scenario.js';

interface RequestRow {
  readonly call: string;
  readonly packetId: string;
}

interface Stats {
  readonly billing: Readonly<Record<string, { readonly segments: number; readonly billed: string }>>;
}

/** What the demo needs from the simulated gateway. */
export class DemoGateway {
  constructor(private readonly simulator: SimulatorProcess) {}

  /** Approves one sender, never pushes the reports of one phone, and makes delivery slow enough to watch. */
  async prepare(): Promise<void> {
    await this.simulator.control('PUT', '/accounts', { login: SIMULATED_ACCOUNT.login, senders: [APPROVED_SENDER] });
    await this.simulator.control('PUT', '/lives', { sentAfterMs: 700, deliveredAfterMs: 2_000 });
    await this.simulator.control('POST', '/forget-push', { phone: FORGOTTEN_PHONE });
  }

  /** Whether the service has asked for the reports of this packet. */
  async wasAskedFor(packetId: string): Promise<boolean> {
    const requests = (await this.simulator.control('GET', '/requests')) as readonly RequestRow[];
    return requests.some((request) => request.call === 'dr' && request.packetId === packetId);
  }

  async ledger(): Promise<GatewayLedger> {
    const { billing } = (await this.simulator.control('GET', '/stats')) as Stats;
    const doubles = (await this.simulator.control('GET', '/doubles')) as readonly unknown[];
    const { segments = 0, billed = '0.00' } = billing[SIMULATED_ACCOUNT.login] ?? {};
    return { sms: segments, billed, doubles: doubles.length };
  }
}
