import { SmsProError } from '../errors/sms-pro.errors.js';
import type { GatewayClient } from '../gateway/gateway-client.js';
import { isListed, statusMeaning } from '../gateway/status/status-tables.js';
import { backOffMs } from '../message/back-off.js';
import type { Clock } from '../message/clock.js';
import { compareDecimals, timesDecimal } from '../message/decimal.js';
import type { PauseReason } from '../message/reason.js';
import type { SmsProLogger } from '../options/sms-pro.logger.js';
import type { AccountStore } from '../store/account/account.store.js';
import { WHOLE_ACCOUNT, type Pause } from '../store/account/pause-rows.js';
import type { QueueStore } from '../store/packets/queue.store.js';

/** The numbers that pauses need. */
export interface PauseRules {
  readonly pauseProbeMs: number;
}

/** What pauses work with. */
export interface AccountPausesParts {
  readonly accounts: AccountStore;
  readonly queue: Pick<QueueStore, 'nextUnits'>;
  readonly client: Pick<GatewayClient, 'getAccount'>;
  readonly clock: Clock;
  readonly logger: SmsProLogger;
}

/** The longest delay, in ms, between two probes of a pause. */
const MAX_PROBE_DELAY_MS = 10 * 60_000;

/** How long, in ms, pauses that were read from the database may be reused: another instance may end them. */
const MAX_AGE_MS = 1_000;

/** So many different packets in a row with the same refusal pause the account, or the sender. */
const REFUSED_STREAK = 20;
/** So many different packets in a row with the same unknown status pause the account. */
const UNKNOWN_STREAK = 10;

/** How often, in ms, one packet is tried although the balance does not show enough money for it. */
const FUNDS_TRIAL_MS = 10 * 60_000;

/** Refusals that, if many packets get them, are about the account or the sender. */
const STREAK_REASONS: ReadonlyMap<string, PauseReason> = new Map([
  ['1', 'format'],
  ['5', 'sender'],
  ['8', 'time'],
]);

/** The same refusal of several packets in a row. */
interface Streak {
  readonly status: string;
  readonly packets: Set<string>;
}

/** Pauses the account or a sender, asks the gateway whether the pause is over, and ends it. */
export class AccountPauses {
  private readonly streaks = new Map<string, Streak>();
  private pauses: readonly Pause[] = [];
  private readAt = Number.NEGATIVE_INFINITY;
  private triedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly rules: PauseRules,
    private readonly parts: AccountPausesParts,
  ) {}

  /** The current pauses. If the probe of one is due, asks the gateway first whether it is over. */
  async current(): Promise<readonly Pause[]> {
    await this.refresh();
    for (const pause of this.pauses) await this.probeWhenDue(pause);
    return this.pauses;
  }

  /** Pauses the account, or one sender. */
  async pause(scope: string, cause: Parameters<AccountStore['pause']>[1]): Promise<void> {
    const { accounts, clock, logger } = this.parts;
    const now = clock.now();
    const isKnown = this.pauses.some((pause) => pause.scope === scope);
    await accounts.pause(scope, cause, now, now + this.rules.pauseProbeMs);
    this.readAt = Number.NEGATIVE_INFINITY;
    const what = scope === WHOLE_ACCOUNT ? 'Sending' : `Sending as ${scope}`;
    if (!isKnown) logger.error(`${what} is paused (${cause.reason}). ${cause.hint}`);
  }

  /** A packet was refused. Many different ones in a row with the same status pause its scope: the rest is not wasted. */
  async refused(
    status: string,
    { packetId, sender }: { readonly packetId: string; readonly sender: string },
  ): Promise<void> {
    const scope = status === '5' ? sender : WHOLE_ACCOUNT;
    const reason = STREAK_REASONS.get(status);
    if (reason === undefined && isListed('message', status)) return;
    const streak = this.streaks.get(scope);
    const packets = streak?.status === status ? streak.packets : new Set<string>();
    packets.add(packetId);
    this.streaks.set(scope, { status, packets });
    if (packets.size < (reason === undefined ? UNKNOWN_STREAK : REFUSED_STREAK)) return;
    const { hint } = statusMeaning('message', status);
    await this.pause(scope, { reason: reason ?? `gateway-${status}`, hint, gatewayStatus: status });
  }

  /** The gateway took a packet of this sender: that ends the streaks and the pauses of the account and of the sender. */
  async taken(sender: string): Promise<void> {
    this.streaks.delete(WHOLE_ACCOUNT);
    this.streaks.delete(sender);
    const ended = this.pauses.filter((pause) => pause.scope === WHOLE_ACCOUNT || pause.scope === sender);
    for (const pause of ended) {
      await this.parts.accounts.resume(pause.scope, this.parts.clock.now());
      this.parts.logger.log(`Sending has resumed (it was paused: ${pause.reason}).`);
    }
    if (ended.length > 0) this.readAt = Number.NEGATIVE_INFINITY;
  }

  private async refresh(): Promise<void> {
    const now = this.parts.clock.now();
    if (now - this.readAt < MAX_AGE_MS) return;
    this.pauses = await this.parts.accounts.pauses();
    this.readAt = now;
  }

  /** If the probe of a pause is due, asks `/api/info`; if the account may send again, the trial begins. */
  private async probeWhenDue(pause: Pause): Promise<void> {
    const { accounts, clock } = this.parts;
    const now = clock.now();
    if (pause.state !== 'paused' || pause.nextProbeAt > now) return;
    const delay = backOffMs(this.rules.pauseProbeMs, pause.probes + 1, MAX_PROBE_DELAY_MS);
    if (!(await accounts.takeProbe(pause, now + delay, now))) return;
    if (await this.mayTry(pause)) {
      this.triedAt = clock.now();
      await accounts.beginTrial(pause.scope, this.triedAt);
    }
    this.readAt = Number.NEGATIVE_INFINITY;
    await this.refresh();
  }

  /** Whether one packet may be tried: the account is active, and has enough money or was not tried for a while. */
  private async mayTry(pause: Pause): Promise<boolean> {
    const { client, clock, queue } = this.parts;
    try {
      const { status, balance, smsPrice } = await client.getAccount();
      if (status !== '0') return false;
      if (pause.reason !== 'funds') return true;
      // The balance does not include credit, so from time to time a packet is tried although it seems to be too low.
      if (clock.now() - Math.max(this.triedAt, pause.since) >= FUNDS_TRIAL_MS) return true;
      const units = await queue.nextUnits();
      if (balance === null || smsPrice === null || units === null) return false;
      return compareDecimals(balance, timesDecimal(smsPrice, units)) >= 0;
    } catch (error) {
      if (error instanceof SmsProError) return false;
      throw error;
    }
  }
}
