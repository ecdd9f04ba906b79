import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startSimulator, type Simulator } from 'sms-pro-simulator';
import type { BullMqHostOptions, BullMqHostWord } from '../processes/bullmq-host.js';
import { quickOptions, scratchFolder } from '../support/booted-app.js';
import { hasRedisServer, OwnRedis } from '../support/redis.js';

const SCRIPT = fileURLToPath(new URL('../processes/bullmq-host.ts', import.meta.url));
const SOURCES = ['--conditions=sms-pro-source', '--import', '@swc-node/register/esm-register'];

/**
 * A process must exit within this many times its own start-up time: to end is much less work than to begin, also on a
 * busy machine, and a process that waits for Redis waits longer, or for ever.
 */
const STARTS_TO_END = 10;

const withOwnRedis = (await hasRedisServer()) ? describe : describe.skip;
const ROLES = ['worker', 'api'] as const;

/** Listens, takes connections, and never answers. */
class MuteServer {
  private readonly sockets = new Set<Socket>();
  private constructor(private readonly server: Server) {
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('error', () => {});
    });
  }

  static async start(): Promise<MuteServer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new MuteServer(server);
  }

  get connection(): { readonly host: string; readonly port: number } {
    return { host: '127.0.0.1', port: (this.server.address() as AddressInfo).port };
  }

  stop(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

withOwnRedis('a process that is closed', () => {
  let simulator: Simulator;
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let child: ChildProcess;
  let said = '';
  let limitMs: number;

  beforeEach(async () => {
    folder = await scratchFolder();
    simulator = await startSimulator();
  });

  afterEach(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    await simulator.stop();
    await folder.remove();
  });

  const start = async (role: (typeof ROLES)[number], connection: { readonly host: string; readonly port: number }) => {
    const module = quickOptions(simulator.url, folder.file('sms.sqlite'));
    const options: BullMqHostOptions = {
      module: { ...module, dispatch: { ...module.dispatch, enabled: role === 'worker' } },
      scheduler: { connection, whenRedisIsDown: 'wait' },
    };
    said = '';
    const startedAt = performance.now();
    child = fork(SCRIPT, {
      execArgv: SOURCES,
      env: { ...process.env, BULLMQ_HOST_OPTIONS: JSON.stringify(options) },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      said += String(chunk);
    });
    await word('up');
    limitMs = Math.ceil(STARTS_TO_END * (performance.now() - startedAt));
  };

  const word = async (expected: BullMqHostWord) => {
    const ended = once(child, 'exit').then(() => Promise.reject(new Error(`The process ended: ${said}`)));
    ended.catch(() => {});
    expect(await Promise.race([once(child, 'message'), ended])).toEqual([expected, undefined]);
  };

  const store = async () => {
    child.send('send');
    await word('stored');
  };

  /** Closes it; returns its exit code once it has ended by itself. */
  const close = async (): Promise<number | null> => {
    const exited = once(child, 'exit', { signal: AbortSignal.timeout(limitMs) });
    exited.catch(() => {});
    child.send('close');
    await word('closed');
    const [code] = (await exited) as [number | null];
    return code;
  };

  it.each(ROLES)('as %s ends though Redis refuses connections', async (role) => {
    const nobody = await MuteServer.start();
    const { connection } = nobody;
    nobody.stop();
    await start(role, connection);
    await store();
    expect(await close()).toBe(0);
    expect(said).toBe('');
  });

  it.each(ROLES)('as %s ends though Redis takes connections and says nothing', async (role) => {
    const mute = await MuteServer.start();
    try {
      await start(role, mute.connection);
      await store();
      expect(await close()).toBe(0);
      expect(said).toBe('');
    } finally {
      mute.stop();
    }
  });

  it.each(ROLES)('as %s ends though Redis has gone away', async (role) => {
    const redis = await OwnRedis.start();
    try {
      await start(role, redis.connection);
      await store();
      await redis.kill();
      await store();
      expect(await close()).toBe(0);
      expect(said).toBe('');
    } finally {
      await redis.remove();
    }
  });

  it.each(ROLES)('as %s ends with Redis there', async (role) => {
    const redis = await OwnRedis.start();
    try {
      await start(role, redis.connection);
      await store();
      expect(await close()).toBe(0);
      expect(said).toBe('');
    } finally {
      await redis.remove();
    }
  });
});
