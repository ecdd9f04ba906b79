import type { ChildProcess } from 'node:child_process';
import type { SimulatorOptions, SimulatorStats } from 'sms-pro-simulator';
import type { Children } from '../children.js';
import { codeMark, type GatewayAnswer, type GatewayAsk, type GatewayRequest } from './gateway-words.js';

/** Longer than any run: no message gets a report. */
const NEVER_MS = 24 * 60 * 60_000;

let marks = 0;

/** The simulator in a process of its own. */
export class SimulatedGateway {
  private serial = 0;
  private readonly asked = new Map<number, (value: unknown) => void>();
  private readonly watched = new Map<string, (at: bigint) => void>();

  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {
    child.on('message', (answer: GatewayAnswer) => this.hear(answer));
  }

  /** Starts a simulator that keeps counts only, so that it does not get slower with time. */
  static async start(children: Children, options: SimulatorOptions = {}): Promise<SimulatedGateway> {
    const settings: SimulatorOptions = {
      keep: 'counts',
      lives: { endings: false, sentAfterMs: NEVER_MS, deliveredAfterMs: NEVER_MS },
      ...options,
    };
    const child = children.start('gateway/simulator-process', { BENCH_SIMULATOR: JSON.stringify(settings) });
    const ready = await children.firstMessage<Extract<GatewayAnswer, { kind: 'ready' }>>(child);
    return new SimulatedGateway(ready.url, child);
  }

  /** How many requests to send it has answered so far. */
  async answered(): Promise<number> {
    return Number(await this.ask({ what: 'answered' }));
  }

  /** Resolves when it has answered `amount` requests to send; the value is that instant. */
  async untilAnswered(amount: number): Promise<bigint> {
    return BigInt(String(await this.ask({ what: 'until-answered', amount })));
  }

  /** From now on every answer to a request to send takes this long. */
  async setLatency(ms: number): Promise<void> {
    await this.ask({ what: 'latency', ms });
  }

  /** Sets the URL to which reports are pushed. */
  async pushTo(url: string): Promise<void> {
    await this.ask({ what: 'push-to', url });
  }

  async stats(): Promise<SimulatorStats> {
    return (await this.ask({ what: 'stats' })) as SimulatorStats;
  }

  /** A text to send, and a promise of the instant at which its first bytes arrive. */
  expectCode(): { readonly text: string; readonly arrived: Promise<bigint> } {
    const text = codeMark((marks += 1));
    return { text, arrived: new Promise((resolve) => this.watched.set(text, resolve)) };
  }

  private async ask(ask: GatewayAsk): Promise<unknown> {
    const id = (this.serial += 1);
    const request: GatewayRequest = { id, ask };
    return new Promise((resolve) => {
      this.asked.set(id, resolve);
      this.child.send(request);
    });
  }

  private hear(answer: GatewayAnswer): void {
    if (answer.kind === 'done') {
      this.asked.get(answer.id)?.(answer.value);
      this.asked.delete(answer.id);
    } else if (answer.kind === 'seen') {
      this.watched.get(answer.mark)?.(BigInt(answer.at));
      this.watched.delete(answer.mark);
    }
  }
}
