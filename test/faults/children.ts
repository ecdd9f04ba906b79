import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SOURCES = ['--conditions=sms-pro-source', '--import', '@swc-node/register/esm-register'];

/** How a process of the suite is started. */
export interface ChildRequest {
  /** A script of this folder. */
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  /** Open file that takes what the process prints. */
  readonly logFile: number;
}

/** Whether a process has ended. */
export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Every process that the suite has started, so that none is left behind. Each is ended by its own pid. */
export class Children {
  private readonly running = new Set<ChildProcess>();
  private closed = false;

  start({ script, env, logFile }: ChildRequest): ChildProcess {
    if (this.closed) throw new Error('The suite is ending: no process is started any more.');
    const child = fork(fileURLToPath(new URL(script, import.meta.url)), {
      execArgv: SOURCES,
      env: { ...process.env, ...env },
      stdio: ['ignore', logFile, logFile, 'ipc'],
    });
    this.running.add(child);
    child.once('exit', () => this.running.delete(child));
    // A process that dies while it is written to must not take the suite with it: its end is told by `exit`.
    child.on('error', () => {});
    return child;
  }

  /** Takes a process in that was started elsewhere, so that it is ended with the others. */
  adopt(child: ChildProcess): void {
    this.running.add(child);
    child.once('exit', () => this.running.delete(child));
  }

  /** Ends a process as a power cut does. SIGKILL also ends one that stands still. */
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
