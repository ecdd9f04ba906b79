import { randomUUID } from 'node:crypto';
import type { ConnectionOptions, JobsOptions, Queue } from 'bullmq';
import type { BullMq } from './load-bullmq.js';
import { RedisLink, withReconnect } from './redis-link.js';

/** The data of a job: the generation of its slot, and nothing of any message. */
export interface SlotData {
  readonly generation: string;
}

/** Which keys in Redis belong to this account, and the ceiling of its fleet. */
export interface SlotQueueRequest {
  readonly connection: ConnectionOptions;
  readonly prefix: string;
  readonly account: string;
  readonly maxInFlight: number;
}

/** The state of the fleet in Redis. */
export interface FleetView {
  readonly generation: string;
  /** Whether requests may begin: those that were in flight before have been counted. */
  readonly isOpen: boolean;
  /** Whether this process sweeps for the fleet now. */
  readonly sweeps: boolean;
  /** Packets that were leased before this generation and still are; each takes a slot. */
  readonly earlier: readonly string[];
}

/** Instants within so many ms share one job. */
const INSTANT_MS = 100;

/** Events that BullMQ keeps for dashboards. */
const KEPT_EVENTS = 1_000;

const JOB_OPTIONS: JobsOptions = { attempts: 1, removeOnComplete: true, removeOnFail: true };

/** A job's name: its worker works packets while some are due. */
const SLOT = 'slot';

/** A job's name: packets are due at its instant, and its worker then adds slots for them. */
export const INSTANT = 'instant';

/** The name of an account's queue. */
export function queueName(account: string): string {
  return `sms-pro.${account}`;
}

/** The queue of slots in Redis. A call fails within a second if Redis does not answer, and leaves no command queued. */
export class SlotQueue {
  private readonly queue: Queue<SlotData>;
  private readonly link: RedisLink;
  private readonly maxInFlight: number;
  private setsCeiling = true;

  constructor({ Queue: QueueClass }: BullMq, { connection, prefix, account, maxInFlight }: SlotQueueRequest) {
    this.maxInFlight = maxInFlight;
    this.queue = new QueueClass<SlotData>(queueName(account), {
      // While Redis is away, commands fail at once: a queue of them would only grow.
      connection: withReconnect(connection, {
        enableOfflineQueue: false,
        autoResendUnfulfilledCommands: false,
        maxRetriesPerRequest: 1,
      }),
      prefix,
      defaultJobOptions: JOB_OPTIONS,
      streams: { events: { maxLen: KEPT_EVENTS } },
    });
    this.link = new RedisLink(this.queue);
  }

  /** Whether there is a connection now. */
  get isReady(): boolean {
    return this.link.isReady;
  }

  /** The last error of the connection. */
  get connectionError(): unknown {
    return this.link.connectionError;
  }

  /**
   * Looks at the fleet. Begins a new generation, which is closed, if the server is not the one on which the slots were
   * counted.
   * @param recount begins one in any case: there were requests without a slot
   */
  async look(sweepMs: number, recount = false): Promise<FleetView> {
    const [generation, open, sweeps, earlier] = (await this.link.run(
      'smsProLook',
      ['fleet', 'earlier', 'meta', 'sweep'],
      [randomUUID(), this.maxInFlight, this.setsCeiling ? 1 : 0, sweepMs, recount ? 1 : 0],
    )) as [string, string, number, string[]];
    this.setsCeiling = false;
    return { generation, isOpen: open === '1', sweeps: sweeps === 1, earlier };
  }

  /** Opens a generation, with one slot less for each leased packet. `false` while these alone reach the ceiling. */
  async open(generation: string, leased: readonly string[]): Promise<boolean> {
    // More of them than the ceiling make no difference, and Redis limits the number of arguments.
    const counted = leased.slice(0, this.maxInFlight);
    return (await this.link.run('smsProOpen', ['fleet', 'earlier', 'meta'], [generation, ...counted])) === 1;
  }

  /** Frees the slots of earlier packets that are no longer leased. */
  async settled(generation: string, packetIds: readonly string[]): Promise<void> {
    await this.link.run('smsProSettled', ['fleet', 'earlier', 'meta'], [generation, ...packetIds]);
  }

  /** Whether a slot still belongs to its worker; if so, it keeps it for `forMs`. `false` also if Redis does not answer. */
  async confirm(generation: string, jobId: string, token: string, forMs: number): Promise<boolean> {
    try {
      return (await this.link.run('smsProConfirmSlot', ['fleet', `${jobId}:lock`], [generation, token, forMs])) === 1;
    } catch {
      return false;
    }
  }

  /** Whether this process gets the turn at work that one process of the fleet does every `everyMs`. */
  async takeTurn(what: string, everyMs: number): Promise<boolean> {
    return (await this.link.run('smsProTurn', [what], [everyMs])) === 1;
  }

  /**
   * Adds slots, but lets no more than the ceiling wait: a waiting slot will take what is due by then. Adds none while the
   * generation is closed: the process that opens it counts what is due.
   */
  async addSlots(wanted: number): Promise<void> {
    const { generation, waiting } = await this.peek();
    const slots = Math.min(wanted, this.maxInFlight - waiting);
    if (generation === '' || slots <= 0) return;
    const jobs = Array.from({ length: slots }, () => ({
      name: SLOT,
      data: { generation },
      // BullMQ's own ids start from 1 again when Redis was emptied, and an old worker may still hold a job with such an id.
      opts: { jobId: randomUUID() },
    }));
    await this.link.answered(() => this.queue.addBulk(jobs));
  }

  /** Lets a worker look for due packets at an instant (epoch ms): one job for all that are due at about that time. */
  async addInstant(at: number, now: number): Promise<void> {
    const { generation } = await this.peek();
    if (generation === '') return;
    const instantSlot = Math.ceil(at / INSTANT_MS);
    const delay = Math.max(0, instantSlot * INSTANT_MS - now);
    const jobId = `${generation}-${instantSlot}`;
    await this.link.answered(() => this.queue.add(INSTANT, { generation }, { jobId, delay }));
  }

  /** Closes the connection at once, even if Redis does not answer. A client of the caller's stays open. */
  async close(): Promise<void> {
    await this.queue.getBackend().close(true);
  }

  private async peek(): Promise<{ readonly generation: string; readonly waiting: number }> {
    const [generation, waiting] = (await this.link.run('smsProPeek', ['fleet', 'wait'], [])) as [string, number];
    return { generation, waiting };
  }
}
