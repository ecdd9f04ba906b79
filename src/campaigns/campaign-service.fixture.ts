import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulator, type Simulator } from 'sms-pro-simulator';
import { AppLogger } from '../app.logger.js';
import { AppModule } from '../app.module.js';
import { startApplication, type RunningApplication } from '../start-application.js';

/** Time, in ms, that the service has to start, to stop, and to finish a campaign: only a hang takes longer. */
export const TIMEOUT_MS = 100_000;

/** An answer of the service. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly location: string | null;
}

/** The service with a simulator and a database of its own, and the calls that the campaign tests make. */
export interface CampaignService {
  readonly running: RunningApplication;
  readonly simulator: Simulator;
  /** Sends a file as the body, as `curl --data-binary` does. */
  post(csv: string | Uint8Array<ArrayBuffer>, path?: string, headers?: Record<string, string>): Promise<Answer>;
  /** Sends a form, as `curl -F` does. */
  postForm(parts: Readonly<Record<string, string | Blob>>): Promise<Answer>;
  call(path: string, method?: string): Promise<Answer>;
  /** The texts that went out, by phone. */
  sent(): Map<string, string>;
  stop(): Promise<void>;
}

/** Starts the service. */
export async function startCampaignService(): Promise<CampaignService> {
  const folder = await mkdtemp(join(tmpdir(), 'sms-pro-app-'));
  const simulator = await startSimulator({ lives: { sentAfterMs: 10, deliveredAfterMs: 20, endings: false } });
  const environment = {
    PORT: '0',
    SMS_PRO_LOGIN: 'demo',
    SMS_PRO_PASSWORD: 'demo',
    SMS_PRO_SENDER: 'Demo',
    SMS_PRO_BASE_URL: simulator.url,
    SMS_PRO_DATABASE: join(folder, 'sms.sqlite'),
  };
  const running = await startApplication(AppModule.forEnvironment(environment), new AppLogger(['fatal']));
  simulator.setAccount({ login: 'demo', reportUrl: running.reportUrl });
  const campaigns = `${running.url}/campaigns`;
  return {
    running,
    simulator,
    post: async (csv, path = '', headers = {}) =>
      answerOf(
        await fetch(campaigns + path, {
          method: 'POST',
          headers: { 'content-type': 'text/csv', ...headers },
          body: csv,
        }),
      ),
    postForm: async (parts) => {
      const form = new FormData();
      for (const [name, value] of Object.entries(parts)) form.append(name, value);
      return answerOf(await fetch(campaigns, { method: 'POST', body: form }));
    },
    call: async (path, method = 'GET') => answerOf(await fetch(running.url + path, { method })),
    sent: () => new Map(simulator.ledger().map(({ phone, text }) => [phone, text])),
    stop: async () => {
      await running.app.close();
      await simulator.stop();
      await rm(folder, { recursive: true });
    },
  };
}

/** Reads an answer of the service. */
export async function answerOf(response: Response): Promise<Answer> {
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, body, location: response.headers.get('location') };
}

/** Looks again until the condition holds. */
export async function eventually<T>(look: () => Promise<T>, isThere: (seen: T) => boolean): Promise<T> {
  const until = performance.now() + TIMEOUT_MS;
  for (;;) {
    const seen = await look();
    if (isThere(seen)) return seen;
    if (performance.now() > until) throw new Error(`Not there. Last seen: ${JSON.stringify(seen)}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}
