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
  /** How long, in ms, to wait for another open query about the packet: no query takes longer. */
  readonly waitMs: number;
}

/** What a refresh works with. */
export interface RefreshParts {
  readonly client: Pick<GatewayClient, 'getReports'>;
  readonly polls: PollStore;
  readonly reports: ReportStore;
  readonly clock: Clock;
}

/** The first and the longest delay, in ms, between two looks at a packet that is already being queried. */
const FIRST_LOOK_MS = 20;
const MAX_LOOK_MS = 500;

/** Queries `/api/dr` on demand, but never while another query about the same packet is open. */
export class ReportRefresh {
  constructor(
    private readonly rules: RefreshRules,
    private readonly parts: RefreshParts,
  ) {}

  /**
   * Queries one packet and applies the answer. If another query about it is open, waits for that one instead.
   *
   * @throws SmsProGatewayError if the gateway refuses the query; "not found" is no error: there is no report yet
   * @throws SmsProTransportError if the gateway cannot be reached
   * @throws SmsProProtocolError if its answer cannot be read
   */
  async query(packetId: string): Promise<void> {
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

  /** Returns `false` if no query is needed: another one was answered meanwhile, or dispatch still works on the packet. */
  private async takeLease(packetId: string, owner: string): Promise<boolean> {
    const { polls, clock } = this.parts;
    const until = performance.now() + this.rules.waitMs;
    for (let looks = 0; ; looks += 1) {
      // No request takes longer than this wait, so one that was open at its beginning has ended.
      const isOver = performance.now() >= until;
      const lease = await polls.lease(packetId, { owner, now: clock.now(), leaseMs: this.rules.leaseMs }, isOver);
      if (lease === 'taken') return true;
      if (lease === 'closed') return false;
      if (lease === 'polled') {
        // The answer to the other query serves as well.
        await this.waitForOtherQuery(packetId, until);
        return false;
      }
      await sleep(backOffMs(FIRST_LOOK_MS, looks, MAX_LOOK_MS));
    }
  }

  private async waitForOtherQuery(packetId: string, until: number): Promise<void> {
    const { polls, clock } = this.parts;
    for (let looks = 0; performance.now() < until; looks += 1) {
      if (!(await polls.isBeingPolled(packetId, clock.now()))) return;
      await sleep(backOffMs(FIRST_LOOK_MS, looks, MAX_LOOK_MS));
    }
  }
}
