import type { ChildProcess } from 'node:child_process';
import type { SendSmsRequest, SmsReceipt } from 'nestjs-sms-pro';
import type { ApplicationAnswer, ApplicationAsk, ApplicationCommand } from './application-process.js';
import { hasEnded, type Children } from './children.js';

/** The process ended or could not be reached: it is unknown whether it executed the command. */
export class ApplicationGone extends Error {}

/** Longer than a process is ever frozen: one that does not answer for so long hangs. */
const ANSWER_TIMEOUT_MS = 30_000;

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** One life of an application process, from its start to its end. */
export class Application {
  private readonly waiting = new Map<number, Waiting>();
  private asks = 0;
  private frozen = false;
  private listensAt: string | null = null;
  /** Whether the suite itself has ended it, or has told it to end. */
  private endIsWanted = false;

  private constructor(
    readonly name: string,
    private readonly children: Children,
    private readonly child: ChildProcess,
  ) {
    child.on('message', (answer: ApplicationAnswer) => this.take(answer));
    child.once('exit', () => {
      for (const { reject } of this.waiting.values()) reject(new ApplicationGone(`${name} ended.`));
      this.waiting.clear();
    });
  }

  /** Starts the process; resolves when it listens. @throws ApplicationGone if it ends before that */
  static async start(
    name: string,
    children: Children,
    env: Readonly<Record<string, string>>,
    logFile: number,
  ): Promise<Application> {
    const child = children.start({ script: './application-process.ts', env, logFile });
    const application = new Application(name, children, child);
    application.listensAt = String(await application.answerTo(0));
    return application;
  }

  /** Where it listens. */
  get url(): string {
    return this.listensAt ?? '';
  }

  /** Whether it can take commands now. */
  get isUp(): boolean {
    return !hasEnded(this.child) && !this.frozen && !this.endIsWanted;
  }

  get isFrozen(): boolean {
    return this.frozen;
  }

  /** Calls back when it ends, with a sentence if the suite did not end it. */
  onEnd(callback: (unwanted: string | null) => void): void {
    const tell = () => {
      const how = this.child.signalCode ?? `code ${String(this.child.exitCode)}`;
      callback(this.endIsWanted ? null : `${this.name} (pid ${String(this.child.pid)}) ended by itself with ${how}`);
    };
    if (hasEnded(this.child)) tell();
    else this.child.once('exit', tell);
  }

  /** @throws ApplicationGone if it ends before it answers */
  async send(request: SendSmsRequest): Promise<SmsReceipt> {
    return (await this.ask({ kind: 'send', request })) as SmsReceipt;
  }

  /** Which of these messages are not completed. */
  async unfinished(messageIds: readonly string[]): Promise<string[]> {
    return (await this.ask({ kind: 'unfinished', messageIds })) as string[];
  }

  /** Ends it as a power cut does. */
  async kill(): Promise<void> {
    this.endIsWanted = true;
    await this.children.kill(this.child);
  }

  /** Ends it as a deployment does. */
  async close(): Promise<void> {
    const wasFrozen = this.frozen;
    this.endIsWanted = true;
    try {
      if (!wasFrozen) await this.ask({ kind: 'close' });
    } finally {
      await this.kill();
    }
  }

  /** Stops it in the middle of its work, like a machine that goes to sleep. */
  freeze(): void {
    this.frozen = true;
    this.child.kill('SIGSTOP');
  }

  thaw(): void {
    this.frozen = false;
    this.child.kill('SIGCONT');
  }

  private async ask(command: ApplicationCommand): Promise<unknown> {
    if (hasEnded(this.child)) throw new ApplicationGone(`${this.name} has ended.`);
    this.asks += 1;
    const asked: ApplicationAsk = { ask: this.asks, command };
    const answer = this.answerTo(asked.ask);
    // A failed write needs no handling: the process has ended, and `exit` says so.
    this.child.send(asked, () => {});
    return answer;
  }

  private answerTo(ask: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(ask);
        reject(new Error(`${this.name} did not answer within ${ANSWER_TIMEOUT_MS} ms.`));
      }, ANSWER_TIMEOUT_MS);
      const end = (settle: () => void) => {
        clearTimeout(timer);
        settle();
      };
      this.waiting.set(ask, {
        resolve: (value) => end(() => resolve(value)),
        reject: (error) => end(() => reject(error)),
      });
    });
  }

  private take(answer: ApplicationAnswer): void {
    const waiting = this.waiting.get(answer.ask);
    if (waiting === undefined) return;
    this.waiting.delete(answer.ask);
    if ('error' in answer) waiting.reject(new Error(answer.error));
    else waiting.resolve(answer.value);
  }
}
