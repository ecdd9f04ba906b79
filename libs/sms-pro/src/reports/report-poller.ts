import { randomUUID } from 'node:crypto';
import { SmsProError } from '../errors/sms-pro.errors.js';
import type { GatewayClient } from '../gateway/gateway-client.js';
import type { Clock } from '../message/clock.js';
import { safeErrorText, type SmsProLogger } from '../options/sms-pro.logger.js';
import type { PollStore, StalePacket } from '../store/poll.store.js';
import type { ReportStore } from '../store/report.store.js';

/** The numbers polling needs. */
export interface PollRules {
  readonly staleAfterMs: number;
  readonly batchSize: number;
  readonly leaseMs: number;
}

/** Longest distance of two polls of one packet, in ms. */
const LONGEST_DISTANCE_MS = 60 * 60_000;

/** Polls at once: the rest of the gateway's attention is for sending. */
const POLLS_AT_ONCE = 2;

/** Asks `/api/dr` for packets whose reports did not come by push, packet by packet, ever further apart. */
export class ReportPoller {
  private readonly owner = randomUUID();
  private running: Promise<void> | null = null;
  private stopped = false;

  constructor(
    private readonly rules: PollRules,
    private readonly client: Pick<GatewayClient, 'getReports'>,
    private readonly polls: PollStore,
    private readonly reports: ReportStore,
    private readonly clock: Clock,
    private readonly logger: SmsProLogger,
  ) {}

  /** One round: asks for what is due, at most `batchSize` packets. A round that still runs is not doubled. */
  async poll(): Promise<void> {
    if (this.stopped) return;
    this.running ??= this.round().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  /** Asks for nothing more, and waits for what is under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private async round(): Promise<void> {
    try {
      for (let asked = 0; asked < this.rules.batchSize && !this.stopped; asked += POLLS_AT_ONCE) {
        // A few at a time, so that a lease never waits for its turn.
        const packets = await this.polls.claimStale(this.owner, this.clock.now(), this.rules.leaseMs, POLLS_AT_ONCE);
        await Promise.all(packets.map((packet) => this.pollOne(packet)));
        if (packets.length < POLLS_AT_ONCE) return;
      }
    } catch (error) {
      this.logger.error(`Polling failed: ${safeErrorText(error)}. The next round goes on.`);
    }
  }

  private async pollOne(packet: StalePacket): Promise<void> {
    await this.ask(packet.packetId);
    const now = this.clock.now();
    if (now >= packet.giveUpAt) {
      const ended = await this.polls.giveUp(packet.packetId, now);
      if (ended > 0)
        this.logger.warn(`Packet ${packet.packetId}: ${ended} recipients got no final report and end as unknown.`);
      return;
    }
    const distance = Math.min(this.rules.staleAfterMs * 2 ** (packet.polls + 1), LONGEST_DISTANCE_MS);
    await this.polls.reschedule(packet.packetId, this.owner, Math.min(now + distance, packet.giveUpAt));
  }

  /** "Not found" is "not yet", 5 is "too many questions", and a lost answer is asked for again: all wait for the next poll. */
  private async ask(packetId: string): Promise<void> {
    try {
      const answer = await this.client.getReports(packetId);
      if (answer.status !== '0') return;
      const reports = answer.reports.map((report) => ({ ...report, packetId }));
      await this.reports.apply(reports, 'poll', this.clock.now());
    } catch (error) {
      if (!(error instanceof SmsProError)) throw error;
      this.logger.debug(`Packet ${packetId} could not be polled: ${safeErrorText(error)}`);
    }
  }
}
