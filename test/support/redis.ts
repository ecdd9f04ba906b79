import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { eventually } from './eventually.js';
import { serverUrl, whyMissing } from './test-servers.js';

/** Prints what is missing; in CI that is a failure. */
function notRun(why: string): null {
  if (process.env['CI'] === 'true') throw new Error(why);
  process.stderr.write(`NOT RUN on Redis: ${why}\n`);
  return null;
}

/** The URL of this machine's Redis; `null` if it does not answer. */
export async function testRedis(): Promise<string | null> {
  const why = await whyMissing('redis');
  return why === null ? serverUrl('redis') : notRun(why);
}

/** Connects to the machine's Redis, does the work and disconnects. */
export async function onRedis<T>(url: string, work: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url);
  try {
    return await work(redis);
  } finally {
    redis.disconnect();
  }
}

/** Deletes what a test has left on the machine's Redis. */
export async function forgetKeys(url: string, prefix: string): Promise<void> {
  await onRedis(url, async (redis) => {
    const keys = await redis.keys(`${prefix}*`);
    if (keys.length > 0) await redis.del(keys);
  });
}

/** Whether a test can start its own Redis. */
export async function hasRedisServer(): Promise<boolean> {
  const child = spawn('redis-server', ['--version'], { stdio: 'ignore' });
  const there = await Promise.race([once(child, 'exit').then(() => true), once(child, 'error').then(() => false)]);
  return there || notRun('there is no redis-server: apt-get install redis-server.') !== null;
}

/** A free port of loopback. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Sends one command, without a client library. */
async function command(port: number, words: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write(`${words}\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return String(answer).trim();
  } finally {
    socket.destroy();
  }
}

/** A Redis for one test. It keeps nothing on disk, and can be emptied, killed and started again on the same port. */
export class OwnRedis {
  private child: ChildProcess | null = null;

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly started: (child: ChildProcess) => void,
  ) {}

  /** @param started is called with each process, so that it can be ended by its id */
  static async reserve(started: (child: ChildProcess) => void = () => {}): Promise<OwnRedis> {
    return new OwnRedis(await freePort(), await mkdtemp(join(tmpdir(), 'sms-pro-redis-')), started);
  }

  static async start(started?: (child: ChildProcess) => void): Promise<OwnRedis> {
    const redis = await OwnRedis.reserve(started);
    await redis.start();
    return redis;
  }

  get connection(): { readonly host: string; readonly port: number } {
    return { host: '127.0.0.1', port: this.port };
  }

  async start(): Promise<void> {
    const options = { port: String(this.port), bind: '127.0.0.1', save: '', appendonly: 'no', dir: this.folder };
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
    this.child = spawn('redis-server', args, { stdio: 'ignore' });
    this.started(this.child);
    const answers = () => command(this.port, 'PING').catch(() => '');
    await eventually(answers, (answer) => answer === '+PONG');
  }

  /** Sends one command, such as `PING`; returns the answer as Redis writes it. */
  ask(words: string): Promise<string> {
    return command(this.port, words);
  }

  async flushAll(): Promise<void> {
    const answer = await this.ask('FLUSHALL');
    if (answer !== '+OK') throw new Error(`FLUSHALL: ${answer}`);
  }

  /** Freezes it: connections stay open, and no command is answered. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  /** Lets it go on, with all its data. */
  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  /** Ends it as a power cut does. */
  async kill(): Promise<void> {
    const { child } = this;
    this.child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  }

  async remove(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}
