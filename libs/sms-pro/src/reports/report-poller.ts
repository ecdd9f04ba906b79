import { randomUUID } from 'node:crypto';
import { SmsProError } from '../errors/sms-pro.errors.js';
import type { GatewayClient } from '../gateway/gateway-client.js';
import { statusMeaning } from '../gateway/status-hint.js';
import type { Clock } from '../message/clock.js';
import { isFinal } from '../message/recipient-status.js';
import { reportMeaning } from '../message/report-code.js';
import { safeErrorText, type SmsProLogger } from '../options/sms-pro.logger.js';
import type { PollStore, StalePacket } from '../store/poll.store.js';
import type { ReportStore } from '../store/report.store.js';
import { PollPace, type PollPaceRules } from './poll-pace.js';
import type { PushWatch } from './push-watch.js';

/** The numbers polling needs. */
export interface PollRules extends PollPaceRules {
  readonly staleAfterMs: number;
  /** Longest distance of two polls of one packet, in ms. */
  readonly maxDistanceMs: number;
  readonly leaseMs: number;
}

/** Packets past their deadline that are ended in one step while the gateway cannot be asked. */
const OVERDUE_AT_ONCE = 50;

/** Questions in a row without an answer before a person is told. */
const TOLD_AFTER_FAILURES = 3;

/** "Not found": after acceptance it means "not yet". Source: the partner API, "коды ошибок при запросе отчета". */
const NOT_FOUND_STATUS = '4';

/** Asks `/api/dr` for packets whose reports did not come by push, packet by packet, ever further apart. */
export class ReportPoller {
  private readonly owner = randomUUID();
  private readonly pace: PollPace;
  private running: Promise<void> | null = null;
  private stopped = false;

  constructor(
    private readonly rules: PollRules,
    private readonly client: Pick<GatewayClient, 'getReports'>,
    private readonly polls: PollStore,
    private readonly reports: ReportStore,
    private readonly watch: PushWatch,
    private readonly clock: Clock,
    private readonly logger: SmsProLogger,
    random: () => number = Math.random,
  ) {
    this.pace = new PollPace(rules, random);
  }

  /** One round: asks for what is due, as far as the pace allows. A round that still runs is not doubled. */
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
      while (!this.stopped && (await this.askSome()));
      if (this.pace.isResting(this.clock.now())) await this.endOverdue();
      await this.watch.warnWhenMissing();
    } catch (error) {
      this.logger.error(`Polling failed: ${safeErrorText(error)}. The next round goes on.`);
    }
  }

  /** Asks about a few packets at once, so that a lease never waits for its turn. Whether there may be more to ask. */
  private async askSome(): Promise<boolean> {
    const most = this.pace.allowance(this.clock.now());
    if (most === 0) return false;
    const packets = await this.polls.claimStale(this.owner, this.clock.now(), this.rules.leaseMs, most);
    if (packets.length === 0) return false;
    this.pace.spend(packets.length);
    const faults = await allOf(packets.map((packet) => this.pollOne(packet)));
    const fault = faults.find((one) => one !== null);
    if (fault !== undefined && fault !== null) {
      this.rest(fault);
      return false;
    }
    this.pace.answered();
    return packets.length === most;
  }

  /** Asks about one packet. Returns why the gateway could not be asked, or `null`. */
  private async pollOne({ packetId, polls, giveUpAt }: StalePacket): Promise<string | null> {
    const fault = await this.ask(packetId);
    const now = this.clock.now();
    if (giveUpAt !== null && now >= giveUpAt) {
      await this.giveUp(packetId, now);
      return fault;
    }
    const distance = Math.min(this.rules.staleAfterMs * 2 ** (polls + 1), this.rules.maxDistanceMs);
    const next = giveUpAt === null ? now + distance : Math.min(now + distance, giveUpAt);
    // A packet that has ended was asked about for a late report: one answer is all there is to have.
    await this.polls.reschedule(packetId, this.owner, giveUpAt === null && fault === null ? null : next);
    return fault;
  }

  private async ask(packetId: string): Promise<string | null> {
    try {
      const answer = await this.client.getReports(packetId);
      if (answer.status === NOT_FOUND_STATUS) return null;
      if (answer.status !== '0') return `status ${answer.status}: ${statusMeaning('dr', answer.status).hint}`;
      const reports = answer.reports.map((report) => ({ ...report, packetId }));
      const { changed } = await this.reports.apply(reports, 'poll', this.clock.now());
      if (changed > 0 && reports.some(({ code }) => isFinalCode(code))) await this.watch.pollSettled();
      return null;
    } catch (error) {
      if (!(error instanceof SmsProError) || error.code === 'STORE') throw error;
      return error.message;
    }
  }

  /** Without this, an account that the gateway has shut for good would keep its recipients open for ever. */
  private async endOverdue(): Promise<void> {
    for (let found = OVERDUE_AT_ONCE; found === OVERDUE_AT_ONCE && !this.stopped;) {
      const now = this.clock.now();
      const packets = await this.polls.claimOverdue(this.owner, now, this.rules.leaseMs, OVERDUE_AT_ONCE);
      for (const { packetId } of packets) await this.giveUp(packetId, now);
      found = packets.length;
    }
  }

  private async giveUp(packetId: string, now: number): Promise<void> {
    const ended = await this.polls.giveUp(packetId, now);
    if (ended > 0) this.logger.warn(`Packet ${packetId}: ${ended} recipients got no final report and end as unknown.`);
  }

  private rest(fault: string): void {
    this.pace.failed(this.clock.now());
    const what = `Reports cannot be asked for (${fault})`;
    if (this.pace.failures === TOLD_AFTER_FAILURES) {
      this.logger.warn(`${what}. Asked again one packet at a time, ever further apart.`);
    } else this.logger.debug(`${what}.`);
  }
}

function isFinalCode(code: string): boolean {
  const meaning = reportMeaning(code);
  return meaning !== null && isFinal(meaning.status);
}

/** Waits for all, also when one fails: nothing is under way any more when a round has ended. */
async function allOf<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
