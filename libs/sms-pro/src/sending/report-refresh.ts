import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GatewayClient } from '../gateway/gateway-client.js';
import { queryReports } from '../gateway/report-query.js';
import { backOffMs } from '../message/back-off.js';
import type { Clock } from '../message/clock.js';
import type { PollStore } from '../store/reports/poll.store.js';
import type { ReportStore } from '../store/reports/report.store.js';

/** The numbers that a refresh needs. */
export interface RefreshRules {
  /** For how long, in ms, a packet is leased to the refresh. */
  readonly leaseMs: number;
  /** How long, in ms, another request for the packet is waited for: the longest that one takes. */
  readonly waitMs: number;
}

/** What a refresh works with. */
export interface RefreshParts {
  readonly client: Pick<GatewayClient, 'getReports'>;
  readonly polls: PollStore;
  readonly reports: ReportStore;
  readonly clock: Clock;
}

/** The first and the longest delay, in ms, between two looks at a packet that somebody else is asking about. */
const FIRST_LOOK_MS = 20;
const MAX_LOOK_MS = 500;

/** Asks `/api/dr` on a user's demand, never while another process asks about the same packet. */
export class ReportRefresh {
  constructor(
    private readonly rules: RefreshRules,
    private readonly parts: RefreshParts,
  ) {}

  /**
   * Asks about one packet and applies the answer, or waits for the answer that somebody else is waiting for.
   *
   * @throws SmsProGatewayError when the gateway refuses; "not found" is "not yet"
   * @throws SmsProTransportError when it cannot be reached
   * @throws SmsProProtocolError when its answer cannot be read
   */
  async ask(packetId: string): Promise<void> {
    const { client, polls, reports, clock } = this.parts;
    const owner = randomUUID();
    if (!(await this.takeLease(packetId, owner))) return;
    try {
      const result = await queryReports(client, packetId);
      if (result.kind === 'refused' || result.kind === 'failed') throw result.error;
      if (result.kind === 'found') await reports.apply(result.reports, 'manual', clock.now());
    } finally {
      await polls.release(packetId, owner);
    }
  }

  /** Returns `false` if there is nothing to ask: somebody else has asked meanwhile, or dispatch follows the packet. */
  private async takeLease(packetId: string, owner: string): Promise<boolean> {
    const { polls, clock } = this.parts;
    const until = performance.now() + this.rules.waitMs;
    for (let looks = 0; ; looks += 1) {
      // No request takes longer than this wait: one that was open when it began has ended.
      const isOver = performance.now() >= until;
      const lease = await polls.lease(packetId, owner, clock.now(), this.rules.leaseMs, isOver);
      if (lease === 'taken') return true;
      if (lease === 'closed') return false;
      if (lease === 'polled') {
        // The other one's answer is as good as one of our own.
        await this.waitForOther(packetId, until);
        return false;
      }
      await sleep(backOffMs(FIRST_LOOK_MS, looks, MAX_LOOK_MS));
    }
  }

  private async waitForOther(packetId: string, until: number): Promise<void> {
    const { polls, clock } = this.parts;
    for (let looks = 0; performance.now() < until; looks += 1) {
      if (!(await polls.isBeingPolled(packetId, clock.now()))) return;
      await sleep(backOffMs(FIRST_LOOK_MS, looks, MAX_LOOK_MS));
    }
  }
}
