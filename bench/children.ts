import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

const READY_TIMEOUT_MS = 60_000;

/** `.js` if this file is compiled, else `.ts`. */
const EXTENSION = extname(import.meta.url);

/** The node options that children inherit. A heap limit is left out: it is meant for the benchmark, not for its simulator. */
const INHERITED = process.execArgv.filter((option) => !option.startsWith('--max-'));

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** The processes that were started here. Each is ended by its own pid. */
export class Children {
  private readonly running = new Set<ChildProcess>();

  /** @param script a file of this folder, without its extension */
  start(script: string, env: Readonly<Record<string, string>> = {}, nodeOptions: readonly string[] = []): ChildProcess {
    const child = fork(fileURLToPath(new URL(`${script}${EXTENSION}`, import.meta.url)), {
      execArgv: [...INHERITED, ...nodeOptions],
      env: { ...process.env, ...env },
    });
    this.running.add(child);
    child.once('exit', () => this.running.delete(child));
    return child;
  }

  /** The first message of a process. */
  async firstMessage<T>(child: ChildProcess): Promise<T> {
    const [message] = (await once(child, 'message', { signal: AbortSignal.timeout(READY_TIMEOUT_MS) })) as [T];
    return message;
  }

  async end(child: ChildProcess): Promise<void> {
    if (hasEnded(child)) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  /** The processes that still run. */
  get all(): readonly ChildProcess[] {
    return [...this.running];
  }

  async endAll(): Promise<void> {
    await Promise.all([...this.running].map((child) => this.end(child)));
  }
}
