import type { ChildProcess } from 'node:child_process';
import type { SimulatorOptions, SimulatorStats } from 'sms-pro-simulator';
import type { Children } from '../children.js';
import { codeMark, type GatewayAnswer, type GatewayAsk, type GatewayQuestion } from './gateway-words.js';

/** Nothing happens to a message for so long that no run sees it. */
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

  /** Starts one that keeps counts only, so that it stays as fast as it began. */
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

  /** Resolves with the instant at which it had answered so many requests to send. */
  async untilAnswered(amount: number): Promise<bigint> {
    return BigInt(String(await this.ask({ what: 'until-answered', amount })));
  }

  /** Every answer to a request to send takes so long from now on. */
  async setLatency(ms: number): Promise<void> {
    await this.ask({ what: 'latency', ms });
  }

  /** Where reports are pushed. */
  async pushTo(url: string): Promise<void> {
    await this.ask({ what: 'push-to', url });
  }

  async stats(): Promise<SimulatorStats> {
    return (await this.ask({ what: 'stats' })) as SimulatorStats;
  }

  /** A text whose arrival can be waited for, and the instant at which its first bytes came. */
  expectCode(): { readonly text: string; readonly arrived: Promise<bigint> } {
    const text = codeMark((marks += 1));
    return { text, arrived: new Promise((resolve) => this.watched.set(text, resolve)) };
  }

  private async ask(ask: GatewayAsk): Promise<unknown> {
    const id = (this.serial += 1);
    const question: GatewayQuestion = { id, ask };
    return new Promise((resolve) => {
      this.asked.set(id, resolve);
      this.child.send(question);
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
