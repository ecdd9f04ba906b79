import { once } from 'node:events';
import type {
  DoubledSms,
  LedgerEntry,
  RequestRecord,
  SimulatorOptions,
  SimulatorState,
  SimulatorStats,
} from 'sms-pro-simulator';
import type { Children } from './children.js';
import type { SimulatorReady } from './simulator-process.js';

/** The simulator as the suite sees it: through its control API only. */
export class Gateway {
  private constructor(readonly url: string) {}

  static async start(children: Children, options: SimulatorOptions, logFile: number): Promise<Gateway> {
    const child = children.start({
      script: './simulator-process.ts',
      env: { FAULTS_SIMULATOR_OPTIONS: JSON.stringify(options) },
      logFile,
    });
    const ended = once(child, 'exit').then(() =>
      Promise.reject(new Error('The simulator ended while it was starting.')),
    );
    const [ready] = (await Promise.race([once(child, 'message'), ended])) as [SimulatorReady];
    ended.catch(() => {});
    return new Gateway(ready.url);
  }

  /** From now on reports are pushed to this application. */
  async pushReportsTo(url: string): Promise<void> {
    await this.call('PUT', 'accounts', { login: 'demo', reportUrl: `${url}/sms-pro/reports` });
  }

  /** From now on the id of a refused packet counts as used. */
  async letRefusalsUseIds(): Promise<void> {
    await this.call('PUT', 'dials', { rejectedUsesId: true });
  }

  ledger(): Promise<LedgerEntry[]> {
    return this.call('GET', 'ledger');
  }

  doubles(): Promise<DoubledSms[]> {
    return this.call('GET', 'doubles');
  }

  requests(): Promise<RequestRecord[]> {
    return this.call('GET', 'requests');
  }

  /** Requests that it has received and not yet answered. */
  async inFlight(): Promise<number> {
    return (await this.call<SimulatorStats>('GET', 'stats')).requests.inFlight;
  }

  /** Peak of the requests in flight on `/api/message`. */
  async mostInFlight(): Promise<number> {
    return (await this.call<SimulatorStats>('GET', 'stats')).requests.inFlightByCall.message.most;
  }

  state(): Promise<SimulatorState> {
    return this.call('GET', 'state');
  }

  private async call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${this.url}/_control/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    if (!response.ok) throw new Error(`${method} /_control/${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }
}
