import type { ConnectionOptions, Queue } from 'bullmq';
import { FLEET_SCRIPTS, type FleetScriptName } from './fleet-scripts.js';

/** How long, in ms, Redis may take to answer. */
const ANSWER_TIMEOUT_MS = 1_000;

/** Delay, in ms, before each attempt to reconnect. */
const RECONNECT_MS = 500;

/** How long, in ms, closing a connection may wait for Redis. */
const DISCONNECT_MS = 250;

/** Commands without an answer, at most: further ones fail at once. */
const MAX_UNANSWERED = 1_000;

type Client = Awaited<ReturnType<Queue['getBackend']>['client']>;

/** Redis did not answer in time. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}

/** The options of a connection, with a steady reconnect. A client of the caller's is used as it is. */
export function withReconnect(
  connection: ConnectionOptions,
  forced: Readonly<Record<string, unknown>>,
): ConnectionOptions {
  if (typeof connection.duplicate === 'function') return connection;
  // BullMQ's own delay between two attempts grows to twenty seconds.
  return { retryStrategy: () => RECONNECT_MS, disconnectTimeout: DISCONNECT_MS, ...connection, ...forced };
}

/** The connection of a queue, for scripts of our own. A call fails within a second if Redis does not answer. */
export class RedisLink {
  private client: Client | null = null;
  private readonly waiting = new Set<(client: Client) => void>();
  private lastError: unknown = null;
  private unanswered = 0;

  constructor(private readonly queue: Queue) {
    queue.on('error', (error) => {
      this.lastError = error;
    });
    queue.getBackend().client.then(
      (client) => this.begin(client),
      (error: unknown) => {
        this.lastError = error;
      },
    );
  }

  /** The last error of the connection: that of a call only says that Redis did not answer. */
  get connectionError(): unknown {
    return this.lastError;
  }

  /** Whether there is a connection now. */
  get isReady(): boolean {
    return this.client?.status === 'ready';
  }

  /** Runs a script on keys of the queue. */
  async run(script: FleetScriptName, keys: readonly string[], given: readonly (string | number)[]): Promise<unknown> {
    const client = this.client ?? (await this.connected());
    const all = [...keys.map((key) => this.queue.toKey(key)), ...given];
    const value: unknown = await this.answered(() => client.runCommand(script, all));
    this.lastError = null;
    return value;
  }

  /**
   * Limits the time of a call. Also limits how many may be open: a client of the caller's may queue commands while Redis
   * is away.
   */
  async answered<T>(call: () => Promise<T>): Promise<T> {
    if (this.unanswered >= MAX_UNANSWERED) throw new NoAnswerError('Too many commands wait for an answer.');
    this.unanswered += 1;
    const settled = () => {
      this.unanswered -= 1;
    };
    const command = call();
    command.then(settled, settled);
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new NoAnswerError(`No answer in ${ANSWER_TIMEOUT_MS} ms.`)), ANSWER_TIMEOUT_MS);
    });
    try {
      return await Promise.race([command, limit]);
    } finally {
      clearTimeout(timer);
    }
  }

  private begin(client: Client): void {
    for (const [name, definition] of Object.entries(FLEET_SCRIPTS)) client.defineCommand(name, definition);
    this.client = client;
    for (const resolve of this.waiting) resolve(client);
    this.waiting.clear();
  }

  /** Waits for the first connection, and no longer than for an answer. */
  private connected(): Promise<Client> {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        this.waiting.delete(connect);
        reject(new NoAnswerError('There is no connection.'));
      }, ANSWER_TIMEOUT_MS);
      const connect = (client: Client) => {
        clearTimeout(limit);
        resolve(client);
      };
      this.waiting.add(connect);
    });
  }
}
