import { fork, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Socket } from 'node:net';
import { Logger } from '@nestjs/common';

/** The simulator's account. */
export const SIMULATED_ACCOUNT = { login: 'demo', password: 'demo' } as const;

/** How long the simulator may take to exit before it is killed. */
const STOP_TIMEOUT_MS = 5_000;

/** The simulator did not start. */
export class SimulatorStartError extends Error {
  override readonly name = 'SimulatorStartError';
}

/** The gateway simulator in a child process. It ends with this process, even if this one is killed. */
export class SimulatorProcess {
  private stopping = false;

  private constructor(
    private readonly child: ChildProcess,
    /** Base address of the simulated gateway. */
    readonly url: string,
  ) {
    // Neither the child nor the channel to it keeps this process alive.
    child.unref();
    child.channel?.unref();
    if (child.stderr instanceof Socket) child.stderr.unref();
    child.once('exit', (code, signal) => {
      if (this.stopping) return;
      new Logger('Simulator').error(
        `The simulator has exited (${signal ?? `exit code ${code}`}): restart the service.`,
      );
    });
  }

  /** Base of its control API. */
  get controlUrl(): string {
    return `${this.url}/_control`;
  }

  /** Its process id. */
  get pid(): number | undefined {
    return this.child.pid;
  }

  /**
   * Starts the simulator's command line on a free port, and waits until it listens.
   * @throws SimulatorStartError
   */
  static async start(): Promise<SimulatorProcess> {
    const { login, password } = SIMULATED_ACCOUNT;
    const child = fork(commandLine(), ['--port', '0', '--login', login, '--password', password, '--quiet'], {
      // A process group of its own: Ctrl+C reaches only this process, which stops the simulator last.
      detached: true,
      execArgv: [],
      env: withoutSmsPro(process.env),
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    return new SimulatorProcess(child, await listeningUrl(child));
  }

  /** Sets where delivery reports are pushed to, as a customer does in the cabinet. */
  async pushReportsTo(reportUrl: string): Promise<void> {
    await this.control('PUT', '/accounts', { login: SIMULATED_ACCOUNT.login, reportUrl });
  }

  /**
   * Calls its control API.
   * @throws Error with the simulator's answer, if it refuses the call
   */
  async control(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(this.controlUrl + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`The simulator refused ${method} ${path}: ${await response.text()}`);
    return response.json();
  }

  /** Stops it, and waits until it has exited. */
  async stop(): Promise<void> {
    this.stopping = true;
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      const force = setTimeout(() => this.child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      this.child.ref();
      this.child.once('exit', () => {
        clearTimeout(force);
        resolve();
      });
      this.child.kill('SIGTERM');
    });
  }
}

/** The file that the package declares as its command. */
function commandLine(): string {
  const require = createRequire(import.meta.url);
  const manifest = require.resolve('sms-pro-simulator/package.json');
  const { bin } = require(manifest) as { readonly bin: Readonly<Record<'sms-pro-simulator', string>> };
  const folder = dirname(manifest);
  if (!existsSync(join(folder, 'dist'))) {
    throw new SimulatorStartError('The simulator is not built. Run: npm run build');
  }
  return join(folder, bin['sms-pro-simulator']);
}

/** The simulator has settings of its own and must not get the credentials of this service. */
function withoutSmsPro(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('SMS_PRO_')));
}

function listeningUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let errorOutput = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      errorOutput = (errorOutput + chunk.toString('utf8')).slice(-1_000);
    });
    child.once('error', (error) => reject(new SimulatorStartError(`The simulator did not start: ${error.message}`)));
    child.once('exit', () =>
      reject(new SimulatorStartError(`The simulator did not start: ${errorOutput.trim().split('\n').at(-1) ?? ''}`)),
    );
    child.once('message', (message: unknown) => {
      if (isListening(message)) resolve(message.url);
      else reject(new SimulatorStartError('The simulator did not say where it listens.'));
    });
  });
}

function isListening(message: unknown): message is { readonly type: 'listening'; readonly url: string } {
  return (
    typeof message === 'object' &&
    message !== null &&
    'type' in message &&
    message.type === 'listening' &&
    'url' in message &&
    typeof message.url === 'string'
  );
}
