import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SOURCES = ['--conditions=sms-pro-source', '--import', '@swc-node/register/esm-register'];

/** How a process of the suite is started. */
export interface ChildRequest {
  /** A script of this folder. */
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  /** Descriptor of the open file that takes the output of the process. */
  readonly logFile: number;
}

/** Whether a process has ended. */
export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** All processes that the suite has started, so that none is left behind. Each is ended by its own pid. */
export class Children {
  private readonly running = new Set<ChildProcess>();
  private closed = false;

  start({ script, env, logFile }: ChildRequest): ChildProcess {
    if (this.closed) throw new Error('The suite is ending: no new process is started.');
    const child = fork(fileURLToPath(new URL(script, import.meta.url)), {
      execArgv: SOURCES,
      env: { ...process.env, ...env },
      stdio: ['ignore', logFile, logFile, 'ipc'],
    });
    this.running.add(child);
    child.once('exit', () => this.running.delete(child));
    // If a process dies while the suite writes to it, the suite must not crash: `exit` reports its end.
    child.on('error', () => {});
    return child;
  }

  /** Adds a process that was started elsewhere, so that it is ended with the others. */
  adopt(child: ChildProcess): void {
    this.running.add(child);
    child.once('exit', () => this.running.delete(child));
  }

  /** Ends a process as a power cut does. SIGKILL also ends a frozen one. */
  async kill(child: ChildProcess): Promise<void> {
    if (hasEnded(child)) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** Ends everything, at once. */
  async killAll(): Promise<void> {
    this.closed = true;
    await Promise.all([...this.running].map((child) => this.kill(child)));
  }
}
