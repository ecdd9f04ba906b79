import { randomUUID } from 'node:crypto';
import type { ConnectionOptions, JobsOptions, Queue } from 'bullmq';
import type { BullMq } from './load-bullmq.js';
import { RedisLink, withReconnect } from './redis-link.js';

/** What a job carries: the generation that its slot belongs to, and nothing of any message. */
export interface SlotData {
  readonly generation: string;
}

/** Which keys in Redis are this account's, and how large its fleet may be. */
export interface SlotQueueRequest {
  readonly connection: ConnectionOptions;
  readonly prefix: string;
  readonly account: string;
  readonly maxInFlight: number;
}

/** What a look at Redis shows. */
export interface FleetView {
  readonly generation: string;
  /** Whether requests may begin: what was in flight before has been counted. */
  readonly isOpen: boolean;
  /** Whether it is this process that sweeps for the fleet now. */
  readonly sweeps: boolean;
  /** Packets in hand from before this generation; each fills a slot. */
  readonly earlier: readonly string[];
}

/** Instants so close together, in ms, share one job. */
const INSTANT_MS = 100;

/** Events that BullMQ keeps for dashboards. */
const KEPT_EVENTS = 1_000;

const JOB_OPTIONS: JobsOptions = { attempts: 1, removeOnComplete: true, removeOnFail: true };

/** A job's name: a worker that gets it works packets while some are due. */
export const SLOT = 'slot';

/** A job's name: packets fall due at its instant, and slots are made for them then. */
export const INSTANT = 'instant';

/** The name of an account's queue. */
export function queueName(account: string): string {
  return `sms-pro.${account}`;
}

/** The queue of slots in Redis. Each call fails within a second where Redis does not answer, and leaves nothing queued. */
export class SlotQueue {
  private readonly queue: Queue<SlotData>;
  private readonly link: RedisLink;
  private readonly maxInFlight: number;
  private setsCeiling = true;

  constructor({ Queue: QueueClass }: BullMq, { connection, prefix, account, maxInFlight }: SlotQueueRequest) {
    this.maxInFlight = maxInFlight;
    this.queue = new QueueClass<SlotData>(queueName(account), {
      // Commands for a Redis that is away fail at once: what waited for it would only grow.
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

  /** What the connection last failed with. */
  get connectionError(): unknown {
    return this.link.connectionError;
  }

  /**
   * Looks at the fleet. Begins a closed generation where the server is not the one that the slots were counted on, and
   * `afresh`: where there were requests without a slot.
   */
  async look(sweepMs: number, afresh = false): Promise<FleetView> {
    const [generation, open, sweeps, earlier] = (await this.link.run(
      'smsProLook',
      ['fleet', 'earlier', 'meta', 'sweep'],
      [randomUUID(), this.maxInFlight, this.setsCeiling ? 1 : 0, sweepMs, afresh ? 1 : 0],
    )) as [string, string, number, string[]];
    this.setsCeiling = false;
    return { generation, isOpen: open === '1', sweeps: sweeps === 1, earlier };
  }

  /** Lets requests begin, but for as many as are in hand. `false` while those alone fill the ceiling. */
  async open(generation: string, leased: readonly string[]): Promise<boolean> {
    // More than a ceiling's worth says no more, and Redis takes only so many arguments.
    const counted = leased.slice(0, this.maxInFlight);
    return (await this.link.run('smsProOpen', ['fleet', 'earlier', 'meta'], [generation, ...counted])) === 1;
  }

  /** Gives the slots free of packets that were in hand before and are no more. */
  async settled(generation: string, packetIds: readonly string[]): Promise<void> {
    await this.link.run('smsProSettled', ['fleet', 'earlier', 'meta'], [generation, ...packetIds]);
  }

  /** Whether a slot is still its worker's; if so, it stays so for `forMs`. `false` also where Redis does not say. */
  async confirm(generation: string, jobId: string, token: string, forMs: number): Promise<boolean> {
    try {
      return (await this.link.run('smsProConfirmSlot', ['fleet', `${jobId}:lock`], [generation, token, forMs])) === 1;
    } catch {
      return false;
    }
  }

  /** Whether it is this process's turn at something that one of the fleet does every so often. */
  async takeTurn(what: string, everyMs: number): Promise<boolean> {
    return (await this.link.run('smsProTurn', [what], [everyMs])) === 1;
  }

  /**
   * Adds slots, as far as not so many wait already: each of those will look for packets later than now. While the
   * generation is closed none is needed: whoever opens it looks what is due.
   */
  async addSlots(wanted: number): Promise<void> {
    const { generation, waiting } = await this.peek();
    const slots = Math.min(wanted, this.maxInFlight - waiting);
    if (generation === '' || slots <= 0) return;
    const jobs = Array.from({ length: slots }, () => ({
      name: SLOT,
      data: { generation },
      // BullMQ's own numbers begin anew when Redis was emptied, and a worker of before may still have one in hand.
      opts: { jobId: randomUUID() },
    }));
    await this.link.answered(() => this.queue.addBulk(jobs));
  }

  /** Lets a worker look at the instant (epoch ms), one for all that fall due at about that time. */
  async addInstant(at: number, now: number): Promise<void> {
    const { generation } = await this.peek();
    if (generation === '') return;
    const instantSlot = Math.ceil(at / INSTANT_MS);
    const delay = Math.max(0, instantSlot * INSTANT_MS - now);
    const jobId = `${generation}-${instantSlot}`;
    await this.link.answered(() => this.queue.add(INSTANT, { generation }, { jobId, delay }));
  }

  /** Closes the connection at once, whether Redis answers or not. A client of the caller's stays open. */
  async close(): Promise<void> {
    await this.queue.getBackend().close(true);
  }

  private async peek(): Promise<{ readonly generation: string; readonly waiting: number }> {
    const [generation, waiting] = (await this.link.run('smsProPeek', ['fleet', 'wait'], [])) as [string, number];
    return { generation, waiting };
  }
}
