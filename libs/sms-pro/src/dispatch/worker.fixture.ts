import type { AccountAnswer } from '../gateway/info.codec.js';
import type { SendPacketRequest } from '../gateway/message.codec.js';
import { TestStore } from '../store/store.fixture.js';
import { AccountLimiter } from './account-limiter.js';
import { Dispatcher } from './dispatcher.js';
import { PacketWorker } from './packet-worker.js';
import { answer, notFound, type ScriptedPost, type ScriptedProbe } from './scripted-gateway.fixture.js';
import type { WorkerRules } from './worker-parts.js';

/** Rules that a test may change. */
type TestRules = Partial<WorkerRules & { readonly concurrency: number }>;

/** A dispatcher over a real store, with a scripted gateway and a clock that the test moves. */
export class TestDispatch {
  readonly posts: SendPacketRequest[] = [];
  readonly probes: string[] = [];
  readonly said: string[] = [];
  /** What the next POSTs meet; the last one stays. */
  onPost: ScriptedPost[] = [answer('0')];
  /** What the next probes meet; the last one stays. */
  onProbe: ScriptedProbe[] = [notFound];
  account: AccountAnswer = { status: '0', active: true, balance: '100.00', smsPrice: '0.50' };
  readonly dispatcher: Dispatcher;
  readonly limiter: AccountLimiter;
  readonly worker: PacketWorker;

  private constructor(
    readonly store: TestStore,
    rules: TestRules,
  ) {
    const { clock } = store;
    const client = {
      sendPacket: async (request: SendPacketRequest) => {
        this.posts.push(request);
        return next(this.onPost)(request);
      },
      getReports: async (packetId: string) => {
        this.probes.push(packetId);
        return next(this.onProbe)(packetId);
      },
      getAccount: async () => this.account,
    };
    const say = (message: string) => void this.said.push(message);
    const logger = { log: say, warn: say, error: say, debug: say };
    const all: WorkerRules = {
      leaseMs: 60_000,
      timeoutMs: 30_000,
      uncertainDelayMs: 5_000,
      repeatAfterMs: 30_000,
      verifyFirst: false,
      ...rules,
    };
    const limiterRules = { concurrency: rules.concurrency ?? 8, retryDelayMs: 1_000, pauseProbeMs: 30_000 };
    const { accounts, queue, claims, settles, replacements, reports, sweeps } = store;
    const limiter = new AccountLimiter(limiterRules, { accounts, queue, client, clock, logger, random: () => 1 });
    const worker = new PacketWorker(all, { client, claims, settles, replacements, reports, limiter, clock, logger });
    this.limiter = limiter;
    this.worker = worker;
    this.dispatcher = new Dispatcher(all, { claims, queue, sweeps, worker, limiter, clock, logger });
  }

  static async open(rules: TestRules = {}): Promise<TestDispatch> {
    return new TestDispatch(await TestStore.open(), rules);
  }

  /** Closes this one, and opens another with other rules. */
  async reopen(rules: TestRules = {}): Promise<TestDispatch> {
    await this.close();
    return TestDispatch.open(rules);
  }

  async close(): Promise<void> {
    await this.dispatcher.stop(5_000);
    await this.store.close();
  }

  /** Works all that is due now, as the scheduler would. */
  async run(): Promise<void> {
    await this.dispatcher.sweep();
    await this.dispatcher.dispatch();
    await this.dispatcher.idle();
  }

  /** Moves the clock in steps, working what falls due, as time does. */
  async pass(ms: number, stepMs = 1_000): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      this.store.clock.advance(Math.min(stepMs, left));
      await this.run();
    }
  }
}

function next<T>(script: T[]): T {
  const [first] = script.length > 1 ? script.splice(0, 1) : script;
  if (first === undefined) throw new Error('The script is empty.');
  return first;
}
