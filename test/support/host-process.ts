import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { SendSmsRequest, SmsProModuleOptions, SmsReceipt, SmsStatus } from 'nestjs-sms-pro';
import type { BulkCommand, HostCommand, HostReply } from '../processes/host-app.js';

const SCRIPT = fileURLToPath(new URL('../processes/host-app.ts', import.meta.url));
const SOURCES = ['--conditions=sms-pro-source', '--import', '@swc-node/register/esm-register'];

/** What a host application writes beside its database. */
export interface HostFiles {
  /** What its handlers hear; left out, it has none. */
  readonly heardFile?: string;
  /** Its log: the time in ms, a tab and the line; left out, it logs nothing. */
  readonly logFile?: string;
}

/** A host application in a process of its own, which a test can kill. */
export class HostProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(options: SmsProModuleOptions, { heardFile, logFile }: HostFiles = {}): Promise<HostProcess> {
    const child = fork(SCRIPT, {
      execArgv: SOURCES,
      env: {
        ...process.env,
        HOST_APP_OPTIONS: JSON.stringify(options),
        ...(heardFile === undefined ? {} : { HOST_APP_HEARD_FILE: heardFile }),
        ...(logFile === undefined ? {} : { HOST_APP_LOG_FILE: logFile }),
      },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    return new HostProcess(child, String(await reply(child)));
  }

  async send(request: SendSmsRequest): Promise<SmsReceipt> {
    return (await this.ask({ kind: 'send', request })) as SmsReceipt;
  }

  /** Waits until every recipient has reached its end. Dates come as text through the channel. */
  async wait(messageId: string, timeoutMs: number): Promise<SmsStatus> {
    return (await this.ask({ kind: 'wait', messageId, timeoutMs })) as SmsStatus;
  }

  /** Runs a campaign, and gives back its receipt; with `answerAt` how many were stored when it answered. */
  async sendBulk(command: BulkCommand): Promise<unknown> {
    return this.ask({ kind: 'bulk', ...command });
  }

  /**
   * The handler call with this number, counted from now on, will never return: from there on the process can only be
   * killed. Call it before the events are sent: afterwards there might be none left.
   */
  async holdUpAt(atCall: number): Promise<void> {
    await this.ask({ kind: 'hold-up', atCall });
  }

  /** Whether a handler has seen an event and does not return. */
  async isHeldUp(): Promise<boolean> {
    return (await this.ask({ kind: 'is-held-up' })) === true;
  }

  /** Rows of the application's database. */
  async query(sql: string): Promise<Readonly<Record<string, unknown>>[]> {
    return (await this.ask({ kind: 'query', sql })) as Readonly<Record<string, unknown>>[];
  }

  /** Ends the process as a power cut does. */
  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await exited;
  }

  /** Ends the process as a deployment does. */
  async close(): Promise<void> {
    await this.ask({ kind: 'close' });
    await this.kill();
  }

  private async ask(command: HostCommand): Promise<unknown> {
    this.child.send(command);
    return reply(this.child);
  }
}

async function reply(child: ChildProcess): Promise<unknown> {
  const message = await new Promise<HostReply>((resolve, reject) => {
    const onMessage = (value: HostReply) => settle(() => resolve(value));
    const onExit = () => settle(() => reject(new Error('The host process ended.')));
    const settle = (end: () => void) => {
      child.off('message', onMessage);
      child.off('exit', onExit);
      end();
    };
    child.on('message', onMessage);
    child.on('exit', onExit);
  });
  if (!message.ok) throw new Error(message.error);
  return message.value;
}
