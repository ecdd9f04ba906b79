import type { OnApplicationShutdown } from '@nestjs/common';
import type { Settings } from '../config/settings.js';
import { SIMULATED_ACCOUNT, SimulatorProcess } from './simulator.process.js';

/** Where SMS go, and as whom. */
export class Gateway implements OnApplicationShutdown {
  private constructor(
    readonly login: string,
    readonly password: string,
    readonly baseUrl: string,
    /** The simulator that this service has started, or `null` with a real account. */
    readonly simulator: SimulatorProcess | null,
  ) {}

  /** @throws SimulatorStartError */
  static async open(account: Settings['account']): Promise<Gateway> {
    if (account !== null) return new Gateway(account.login, account.password, account.baseUrl, null);
    const simulator = await SimulatorProcess.start();
    return new Gateway(SIMULATED_ACCOUNT.login, SIMULATED_ACCOUNT.password, simulator.url, simulator);
  }

  /** Sending has finished by now: the simulator is no longer needed. */
  async onApplicationShutdown(): Promise<void> {
    await this.simulator?.stop();
  }
}
