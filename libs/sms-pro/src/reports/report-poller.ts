import { randomUUID } from 'node:crypto';
import type { GatewayClient } from '../gateway/gateway-client.js';
import { queryReports } from '../gateway/report-query.js';
import { backOffMs } from '../message/back-off.js';
import type { Clock } from '../message/clock.js';
import { isFinal } from '../message/recipient-status.js';
import { reportMeaning } from '../message/report-code.js';
import { logFailed, type SmsProLogger } from '../options/sms-pro.logger.js';
import type { PollStore, StalePacket } from '../store/reports/poll.store.js';
import type { ReportStore } from '../store/reports/report.store.js';
import { PollPace, type PollPaceRules } from './poll-pace.js';
import type { PushWatch } from './push-watch.js';

/** The settings of polling. */
export interface PollRules extends PollPaceRules {
  /** Delay, in ms, from the acceptance of a packet to its first poll. */
  readonly staleAfterMs: number;
  /** The longest delay between two polls of one packet, in ms. */
  readonly maxDistanceMs: number;
  /** Time, in ms, that a packet stays claimed by the process that polls it. */
  readonly leaseMs: number;
}

/** What the poller depends on. */
export interface PollerParts {
  readonly client: Pick<GatewayClient, 'getReports'>;
  readonly polls: PollStore;
  readonly reports: ReportStore;
  readonly watch: PushWatch;
  readonly clock: Clock;
  readonly logger: SmsProLogger;
  /** From 0 to 1. @default Math.random */
  readonly random?: () => number;
}

/** Packets past their deadline that are ended in one step while the gateway cannot be polled. */
const OVERDUE_AT_ONCE = 50;

/** Failed rounds in a row after which a warning is logged. */
const WARN_AFTER_FAILURES = 3;

/** Polls `/api/dr` for packets whose reports were not pushed: packet by packet, with growing delays. */
export class ReportPoller {
  private readonly owner = randomUUID();
  private readonly pace: PollPace;
  private running: Promise<void> | null = null;
  private stopped = false;

  constructor(
    private readonly rules: PollRules,
    private readonly parts: PollerParts,
  ) {
    this.pace = new PollPace(rules, parts.random);
  }

  /** Runs one round: polls due packets as far as the pace allows. Joins a round that is already running. */
  async poll(): Promise<void> {
    if (this.stopped) return;
    this.running ??= this.round().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  /** Starts no more polls, and waits for the running round. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private async round(): Promise<void> {
    try {
      while (!this.stopped && (await this.pollSome()));
      if (this.pace.isResting(this.parts.clock.now())) await this.endOverdue();
      await this.parts.watch.warnWhenMissing();
    } catch (error) {
      logFailed(
        (text) => this.parts.logger.error(text),
        error,
        (why) => `Polling failed: ${why}. The next round tries again.`,
      );
    }
  }

  /** Claims only as many packets as may be polled at once, so that no lease is spent waiting. Returns whether more may be due. */
  private async pollSome(): Promise<boolean> {
    const limit = this.pace.allowance(this.parts.clock.now());
    if (limit === 0) return false;
    const packets = await this.parts.polls.claimStale(
      { owner: this.owner, now: this.parts.clock.now(), leaseMs: this.rules.leaseMs },
      limit,
    );
    if (packets.length === 0) return false;
    this.pace.spend(packets.length);
    const faults = await allOf(packets.map((packet) => this.pollOne(packet)));
    const fault = faults.find((one) => one !== null);
    if (fault !== undefined && fault !== null) {
      this.rest(fault);
      return false;
    }
    this.pace.answered();
    return packets.length === limit;
  }

  /** Polls one packet. Returns why the query failed, or `null`. */
  private async pollOne({ packetId, polls, giveUpAt }: StalePacket): Promise<string | null> {
    const fault = await this.query(packetId);
    const now = this.parts.clock.now();
    if (giveUpAt !== null && now >= giveUpAt) {
      await this.giveUp(packetId, now);
      return fault;
    }
    const delay = backOffMs(this.rules.staleAfterMs, polls + 1, this.rules.maxDistanceMs);
    const next = giveUpAt === null ? now + delay : Math.min(now + delay, giveUpAt);
    // A packet that has ended is polled only for a late report: one answer is enough.
    await this.parts.polls.reschedule(packetId, this.owner, giveUpAt === null && fault === null ? null : next);
    return fault;
  }

  private async query(packetId: string): Promise<string | null> {
    const { client, reports, clock, watch } = this.parts;
    const result = await queryReports(client, packetId);
    if (result.kind === 'refused') return `status ${result.error.status}: ${result.error.hint}`;
    if (result.kind === 'failed') return result.error.message;
    // "Not found" after acceptance means "not yet".
    if (result.kind !== 'found') return null;
    const { changed } = await reports.apply(result.reports, 'poll', clock.now());
    if (changed > 0 && result.reports.some(({ code }) => isFinalCode(code))) await watch.pollSettled();
    return null;
  }

  /** Ends packets past their deadline: if the gateway refused the account forever, their recipients would never end. */
  private async endOverdue(): Promise<void> {
    for (let found = OVERDUE_AT_ONCE; found === OVERDUE_AT_ONCE && !this.stopped;) {
      const now = this.parts.clock.now();
      const packets = await this.parts.polls.claimOverdue(
        { owner: this.owner, now: now, leaseMs: this.rules.leaseMs },
        OVERDUE_AT_ONCE,
      );
      for (const { packetId } of packets) await this.giveUp(packetId, now);
      found = packets.length;
    }
  }

  private async giveUp(packetId: string, now: number): Promise<void> {
    const ended = await this.parts.polls.giveUp(packetId, now);
    if (ended > 0) {
      this.parts.logger.warn(`Packet ${packetId}: ${ended} recipients got no final report in time and end as unknown.`);
    }
  }

  private rest(fault: string): void {
    this.pace.failed(this.parts.clock.now());
    const what = `Reports cannot be polled (${fault})`;
    if (this.pace.failures === WARN_AFTER_FAILURES) {
      this.parts.logger.warn(`${what}. Polling continues one packet at a time, with growing delays.`);
    } else this.parts.logger.debug(`${what}.`);
  }
}

function isFinalCode(code: string): boolean {
  const meaning = reportMeaning(code);
  return meaning !== null && isFinal(meaning.status);
}

/** Waits for all even if one fails, so that nothing is still running when the round ends. */
async function allOf<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
