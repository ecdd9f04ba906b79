import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SmsProGatewayError } from '../errors/sms-pro.errors.js';
import type { GatewayClient } from '../gateway/gateway-client.js';
import { statusMeaning } from '../gateway/status-hint.js';
import type { Clock } from '../message/clock.js';
import type { PollStore } from '../store/poll.store.js';
import type { ReportStore } from '../store/report.store.js';

/** The numbers a question by hand needs. */
export interface RefreshRules {
  /** How long, in ms, a packet belongs to the question. */
  readonly leaseMs: number;
  /** How long, in ms, the request of somebody else is waited for: the longest that one takes. */
  readonly waitMs: number;
}

/** "Not found", which soon after a send means "not yet". Source: the partner API, "коды ошибок при запросе отчета". */
const NOT_FOUND_STATUS = '4';

/** Distances, in ms, of two looks at a packet that somebody else is asking about: they double from the first to the last. */
const FIRST_LOOK_MS = 20;
const LAST_LOOK_MS = 500;

/** Asks `/api/dr` at a user's word, never while another process asks about the same packet. */
export class ReportRefresh {
  constructor(
    private readonly rules: RefreshRules,
    private readonly client: Pick<GatewayClient, 'getReports'>,
    private readonly polls: PollStore,
    private readonly reports: ReportStore,
    private readonly clock: Clock,
  ) {}

  /**
   * Asks about one packet and applies what the gateway says, or waits for somebody else's question about it.
   *
   * @throws SmsProGatewayError when the gateway refuses the question; "not found" is "not yet"
   * @throws SmsProTransportError when it cannot be reached
   */
  async ask(packetId: string): Promise<void> {
    const owner = randomUUID();
    if (!(await this.takeLease(packetId, owner))) return;
    try {
      const answer = await this.client.getReports(packetId);
      if (answer.status !== '0' && answer.status !== NOT_FOUND_STATUS) {
        const { hint, retryable } = statusMeaning('dr', answer.status);
        throw new SmsProGatewayError('dr', answer.status, hint, retryable);
      }
      const reports = answer.reports.map((report) => Object.assign({ packetId }, report));
      await this.reports.apply(reports, 'manual', this.clock.now());
    } finally {
      await this.polls.release(packetId, owner);
    }
  }

  /** `false` where there is nothing to ask: somebody else has asked meanwhile, or dispatch follows the packet. */
  private async takeLease(packetId: string, owner: string): Promise<boolean> {
    const until = performance.now() + this.rules.waitMs;
    for (let delay = FIRST_LOOK_MS; ; delay = Math.min(delay * 2, LAST_LOOK_MS)) {
      // A request takes no longer than this wait: one that was open when it began has ended.
      const isOver = performance.now() >= until;
      const lease = await this.polls.lease(packetId, owner, this.clock.now(), this.rules.leaseMs, isOver);
      if (lease === 'taken') return true;
      if (lease === 'closed') return false;
      if (lease === 'polled') {
        // What the other one brings is as good as an answer of our own.
        await this.waitForAnother(packetId, until);
        return false;
      }
      await sleep(delay);
    }
  }

  private async waitForAnother(packetId: string, until: number): Promise<void> {
    for (let delay = FIRST_LOOK_MS; performance.now() < until; delay = Math.min(delay * 2, LAST_LOOK_MS)) {
      if (!(await this.polls.isBeingPolled(packetId, this.clock.now()))) return;
      await sleep(delay);
    }
  }
}
