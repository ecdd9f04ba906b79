import type { Clock, ClockMark } from '../message/clock.js';
import type { SmsProConfirmSlot } from '../options/scheduler.js';
import { logFailed, type SmsProLogger } from '../options/sms-pro.logger.js';
import type { ClaimStore } from '../store/packets/claim.store.js';
import type { ClaimedPacket } from '../store/packets/claimed-packet.js';
import type { ClaimRequest, DueInstants } from '../store/packets/due-packets.js';
import type { SendingLimits } from './account-limiter.js';
import { LeasedPackets } from './leased-packets.js';
import type { PacketWorker, PostHooks } from './packet-worker.js';

/** One claim in this many takes the oldest due packet of the lower lanes first. */
const LOWER_LANE_EVERY = 10;

/** What a starter works with. */
export interface PacketStarterParts {
  /** The owner of the leases of this process. */
  readonly owner: string;
  readonly leaseMs: number;
  readonly claims: ClaimStore;
  readonly worker: PacketWorker;
  readonly clock: Clock;
  readonly logger: SmsProLogger;
}

/** Claims packets and starts the work on them. */
export class PacketStarter {
  readonly leased = new LeasedPackets();
  private readonly sendersOnTrial = new Set<string>();
  private claimsSoFar = 0;
  private limits: SendingLimits | null = null;

  constructor(private readonly parts: PacketStarterParts) {}

  /** The limits that were set last, or `null`. */
  get lastLimits(): SendingLimits | null {
    return this.limits;
  }

  /** From now on packets are started under these limits. */
  useLimits(limits: SendingLimits): void {
    this.limits = limits;
  }

  /**
   * Claims up to `limit` packets, the most urgent ones first, and starts them.
   * @param onSlotFree called when a slot is free again: as soon as the gateway took its packet, before the packet is
   * settled, and once more after that
   */
  async fill(limits: SendingLimits, limit: number, due: DueInstants, onSlotFree: () => void): Promise<number> {
    // Marked before the claim, so that the age of the lease is never underestimated.
    const claimedAt = this.parts.clock.mark();
    const packets = await this.parts.claims.claimDue({ ...this.claimRequest(limits, limit), due });
    for (const packet of packets) this.startInSlot(packet, claimedAt, onSlotFree);
    return packets.length;
  }

  /** Claims the most urgent packet and starts it; empty if none may be claimed. */
  async startOne(limits: SendingLimits, confirmSlot?: SmsProConfirmSlot): Promise<readonly Promise<void>[]> {
    const claimedAt = this.parts.clock.mark();
    const [packet] = await this.parts.claims.claimDue(this.claimRequest(limits, 1));
    return packet === undefined
      ? this.trySenders(limits, 1, confirmSlot)
      : [this.start(packet, claimedAt, { confirmSlot })];
  }

  /** Starts one packet of each sender on trial that has none in flight. */
  async trySenders(
    limits: SendingLimits,
    max = Number.POSITIVE_INFINITY,
    confirmSlot?: SmsProConfirmSlot,
  ): Promise<Promise<void>[]> {
    if (!limits.mayPost || limits.trial) return [];
    const tried: Promise<void>[] = [];
    for (const sender of limits.trialSenders) {
      if (tried.length >= max) break;
      if (this.sendersOnTrial.has(sender)) continue;
      const claimedAt = this.parts.clock.mark();
      const [packet] = await this.parts.claims.claimDue({
        owner: this.parts.owner,
        now: this.parts.clock.now(),
        leaseMs: this.parts.leaseMs,
        limit: 1,
        probes: 0,
        mayPost: true,
        pausedSenders: [],
        onlySender: sender,
        lowerLaneFirst: false,
      });
      if (packet === undefined) continue;
      this.sendersOnTrial.add(sender);
      tried.push(this.start(packet, claimedAt, { confirmSlot }, () => this.sendersOnTrial.delete(sender)));
    }
    return tried;
  }

  private claimRequest(limits: SendingLimits, limit: number): ClaimRequest {
    this.claimsSoFar += 1;
    return {
      owner: this.parts.owner,
      now: this.parts.clock.now(),
      leaseMs: this.parts.leaseMs,
      limit,
      // Many lost answers must not keep one-time codes waiting: probes get half of the slots, or every second single one.
      probes: limit > 1 ? Math.ceil(limit / 2) : this.claimsSoFar % 2,
      mayPost: limits.mayPost,
      pausedSenders: limits.pausedSenders,
      trial: limits.trial,
      lowerLaneFirst: this.claimsSoFar % LOWER_LANE_EVERY === 0,
    };
  }

  private startInSlot(packet: ClaimedPacket, claimedAt: ClockMark, onSlotFree: () => void): void {
    let settled: (() => void) | null = null;
    const onTaken = () => {
      settled = this.leased.freeSlot();
      onSlotFree();
    };
    void this.start(packet, claimedAt, { onTaken }, () => settled?.()).then(onSlotFree);
  }

  /** Works a packet; resolves when it is settled, and never rejects. */
  private start(
    packet: ClaimedPacket,
    claimedAt: ClockMark,
    hooks: PostHooks,
    after: () => void = () => {},
  ): Promise<void> {
    const mayRepeat = () =>
      this.limits !== null && this.limits.mayPost && !this.limits.pausedSenders.includes(packet.sender);
    const work = this.parts.worker
      .work(packet, claimedAt, mayRepeat, hooks)
      .catch((error: unknown) => {
        // The packet stays leased, and becomes uncertain when the lease ends.
        logFailed(
          (text) => this.parts.logger.error(text),
          error,
          (why) => `A packet could not be settled: ${why}. It is taken over when its lease ends.`,
        );
      })
      .finally(after);
    return this.leased.during(work);
  }
}
